package attachment

import (
	"context"
	"slices"
	"strings"

	"dchat/app/account"

	"github.com/uptrace/bun"
)

// KnownBlobs says which of the files in the store are referenced.
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
	}{{(*Attachment)(nil), "blob"}, {(*Upload)(nil), "id"}, {(*account.User)(nil), "picture"}, {(*account.Export)(nil), "blob"}} {
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

// referred are blobs and what of them there is: 0 is one file, 1 an image with its smaller ones, 2 a picture.
const referred = `SELECT blob, max(CASE preview WHEN 'ready' THEN 1 ELSE 0 END) FROM attachments GROUP BY blob
	UNION ALL SELECT picture, 2 FROM users WHERE picture <> ''
	UNION ALL SELECT blob, 0 FROM exports WHERE blob <> ''`

// EachBlob calls each for every file in the store that is referenced, as tx sees it; but not for
// unfinished uploads.
func EachBlob(ctx context.Context, tx bun.IDB, each func(name string) error) error {
	rows, err := tx.QueryContext(ctx, referred)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var blob string
		var what int
		if err := rows.Scan(&blob, &what); err != nil {
			return err
		}
		names := []string{blob}
		switch what {
		case 1:
			names = Blobs(blob)
		case 2:
			names = account.PictureFiles(blob)
		}
		for _, name := range names {
			if err := each(name); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}
