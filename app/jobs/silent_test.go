package jobs

import (
	"context"
	"log/slog"
	"testing"

	"dchat/db"
	"dchat/test/services"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Both sides of the connections that are not the database's own notice within seconds that the other one is gone: the
// lock of a worker that vanished would otherwise stay, and its jobs with it.
func TestSilentConnectionsAreNoticed(t *testing.T) {
	dsn := services.Postgres(t)
	database, err := db.Open(t.Context(), dsn)
	require.NoError(t, err)
	defer database.Close()
	require.NoError(t, database.Migrate(t.Context()))
	j := &Jobs{Options: Options{DSN: dsn, Log: slog.New(slog.DiscardHandler)}}
	pool, err := j.openPool(t.Context())
	require.NoError(t, err)
	defer pool.Close()
	pooled, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	defer pooled.Release()
	l := &workerLock{dsn: dsn, name: "a worker", log: j.Log}
	own, err := l.connect(t.Context())
	require.NoError(t, err)
	defer l.disconnect(own)
	for name, conn := range map[string]*pgx.Conn{"pool": pooled.Conn(), "lock": own} {
		require.NotZero(t, conn.Config().ConnectTimeout, name)
		var idle, user string
		err := conn.QueryRow(context.Background(), "SELECT current_setting('tcp_keepalives_idle'), current_setting('tcp_user_timeout')").Scan(&idle, &user)
		require.NoError(t, err)
		require.Equal(t, "10", idle, name)
		require.Equal(t, "10000", user, name)
	}
}
