package chat

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// KnownBlobs says to which of the files in the store something refers.
func (s *Store) KnownBlobs(ctx context.Context, names []string) (map[string]bool, error) {
	byStem := map[string][]string{} // an image is kept in several sizes
	for _, name := range names {
		stem, _, _ := strings.Cut(name, ".")
		byStem[stem] = append(byStem[stem], name)
	}
	stems := make([]string, 0, len(byStem))
	for stem := range byStem {
		stems = append(stems, stem)
	}
	slices.Sort(stems)
	known := make(map[string]bool, len(names))
	if len(stems) == 0 {
		return known, nil
	}
	for _, owner := range []struct {
		model  any
		column string
	}{{(*Attachment)(nil), "blob"}, {(*Upload)(nil), "id"}, {(*User)(nil), "picture"}, {(*Export)(nil), "blob"}} {
		var found []string
		err := s.db.Read().NewSelect().Model(owner.model).Column(owner.column).Where("? <> ''", bun.Ident(owner.column)).
			Where("? IN (?)", bun.Ident(owner.column), bun.List(stems)).Scan(ctx, &found)
		if err != nil {
			return nil, err
		}
		for _, stem := range found {
			for _, name := range byStem[stem] {
				known[name] = true
			}
		}
	}
	return known, nil
}
