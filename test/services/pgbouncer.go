package services

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// pooled is PgBouncer's configuration: transaction mode, with few server connections, so that clients share them.
const pooled = `[databases]
%[1]s = host=%[2]s port=%[3]s dbname=%[1]s user=%[4]s password=%[5]s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %[6]d
unix_socket_dir =
pool_mode = transaction
default_pool_size = 8
max_client_conn = 500
auth_type = plain
auth_file = %[7]s
`

// PgBouncer starts a PgBouncer in transaction mode for a database and returns its URL. The end of the test
// stops it.
func PgBouncer(tb testing.TB, database string) string {
	tb.Helper()
	bin := find("pgbouncer", "/usr/sbin/pgbouncer")
	if bin == "" {
		missing(tb, "PgBouncer", "pgbouncer in PATH and /usr/sbin")
	}
	through, err := url.Parse(database)
	if err != nil {
		tb.Fatal(err)
	}
	if err := retry(func() error { return startPgBouncer(tb, bin, through) }); err != nil {
		tb.Fatalf("PgBouncer: %v", err)
	}
	return through.String()
}

// startPgBouncer starts a pooler and changes the database URL to its address.
func startPgBouncer(tb testing.TB, bin string, database *url.URL) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	as, err := unprivileged() // it refuses to run as root, as PostgreSQL does
	if err != nil {
		return err
	}
	dir, err := folder("")
	if err != nil {
		return err
	}
	if err := configurePgBouncer(dir, port, database, as); err != nil {
		return err
	}
	cmd := exec.Command(bin, "pgbouncer.ini")
	cmd.Dir = dir
	p, err := start(cmd, filepath.Join(tb.TempDir(), "log"), launch{as: as, death: syscall.SIGKILL})
	if err != nil {
		return err
	}
	through := *database
	through.Host = fmt.Sprintf("127.0.0.1:%d", port)
	if err := p.ready(func() error { return pings(through.String()) }); err != nil {
		return err
	}
	tb.Cleanup(func() { p.stop(os.Kill) })
	*database = through
	return nil
}

// configurePgBouncer writes the configuration for its user.
func configurePgBouncer(dir string, port int, database *url.URL, as *owner) error {
	name := strings.TrimPrefix(database.Path, "/")
	password, _ := database.User.Password()
	users := filepath.Join(dir, "users")
	files := map[string]string{
		users: fmt.Sprintf("%q %q\n", database.User.Username(), password),
		filepath.Join(dir, "pgbouncer.ini"): fmt.Sprintf(pooled, name, database.Hostname(), database.Port(),
			database.User.Username(), password, port, users),
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
		if err := as.own(path); err != nil {
			return err
		}
	}
	return as.own(dir)
}

func pings(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}
