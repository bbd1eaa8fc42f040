package account

import (
	"context"

	"dchat/db"

	"github.com/uptrace/bun"
)

// Version is raised with everything that a person's pages show. It has a table of its own,
// because it is written with every message.
type Version struct {
	bun.BaseModel `bun:"table:person_versions,alias:pv"`

	UserID  int64 `bun:",pk"`
	Version int64
}

// Versions returns the current versions of people.
func (s *Store) Versions(ctx context.Context, ids []int64) (map[int64]int64, error) {
	return SelectVersions(ctx, s.db.Read().NewSelect(), ids)
}

// LockVersions locks people in ascending order and returns their versions.
func LockVersions(ctx context.Context, tx bun.Tx, ids []int64) (map[int64]int64, error) {
	return SelectVersions(ctx, db.ForUpdate(tx.NewSelect()), ids)
}

// SelectVersions returns the versions of people by a query that may lock them.
func SelectVersions(ctx context.Context, q *bun.SelectQuery, ids []int64) (map[int64]int64, error) {
	var rows []Version
	err := q.Model(&rows).Where("user_id IN (?)", bun.List(ids)).Order("user_id").Scan(ctx)
	versions := make(map[int64]int64, len(rows))
	for _, row := range rows {
		versions[row.UserID] = row.Version
	}
	return versions, err
}

// RaiseVersions is called under the lock of the versions.
func RaiseVersions(ctx context.Context, tx bun.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.NewUpdate().Model((*Version)(nil)).Set("version = version + 1").Where("user_id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}
