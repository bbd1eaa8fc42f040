package db

import (
	"context"
)

// Pooled reports whether a pooler stands between us and Postgres: the server that answers is not the
// one that the connection began with. Locks that belong to a session get lost in one.
func (d *DB) Pooled(ctx context.Context) (bool, error) {
	if !d.Postgres() {
		return false, nil
	}
	conn, err := d.writer.DB.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	var began, answers uint32
	err = conn.Raw(func(driver any) error {
		began = driver.(*limitedConn).Conn.Conn().PgConn().PID()
		return nil
	})
	if err == nil {
		err = conn.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&answers)
	}
	return err == nil && began != answers, err
}
