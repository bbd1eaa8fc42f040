package db_test

import (
	"context"
	"testing"
	"time"

	"dchat/db"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

func TestClaimIsRenewedAfterRestart(t *testing.T) {
	ctx := context.Background()
	server := services.OwnPostgres(t)
	d := open(t, server.URL)
	require.NoError(t, d.Migrate(ctx))
	claim, err := d.Claim(ctx, true, "mark")
	require.NoError(t, err)
	server.Stop()
	server.Start()
	other := open(t, server.URL)
	require.Eventually(t, func() bool { // no other node claims meanwhile
		var held int
		err := other.Read().QueryRowContext(ctx, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").Scan(&held)
		return err == nil && held == 1
	}, 30*time.Second, 50*time.Millisecond)
	_, err = other.Claim(ctx, true, "mark")
	require.ErrorIs(t, err, db.ErrClaimed)
	claim.Release()
	claim, err = other.Claim(ctx, true, "mark")
	require.NoError(t, err)
	claim.Release()
}

func TestLostClaimIsReported(t *testing.T) {
	ctx := context.Background()
	server := services.OwnPostgres(t)
	d, other := open(t, server.URL), open(t, server.URL)
	require.NoError(t, d.Migrate(ctx))
	db.ReclaimWithin(t, time.Second)
	claim, err := d.Claim(ctx, true, "mark")
	require.NoError(t, err)
	defer claim.Release()
	_, err = other.Writer().ExecContext(ctx, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
	require.NoError(t, err)
	theirs, err := other.Claim(ctx, true, "mark")
	require.NoError(t, err)
	defer theirs.Release()
	select {
	case err := <-claim.Lost():
		require.ErrorIs(t, err, db.ErrClaimed)
	case <-time.After(30 * time.Second):
		t.Fatal("the claim is lost without a report")
	}
}
