package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

func openPostgres(dsn string) (*DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the database address cannot be read") // the cause would print the password
	}
	// Bun writes arguments into the statement, so pgx's statement cache would only ever miss.
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	config.RuntimeParams["application_name"] = "dchat"
	Harden(config)
	handle := sql.OpenDB(connector{stdlib.GetConnector(*config, stdlib.OptionAfterConnect(WatchClient)), new(era)})
	conns := max(24, 4*runtime.GOMAXPROCS(0)) // more than the catch-ups of a node take together
	handle.SetMaxOpenConns(conns)
	handle.SetMaxIdleConns(conns)
	handle.SetConnMaxIdleTime(5 * time.Minute)
	b := bun.NewDB(handle, pgdialect.New())
	return &DB{writer: b, reader: b}, nil
}

// A vanished peer is detected within seconds, also while the connection is idle.
const (
	dialWithin      = 5 * time.Second
	greetWithin     = 10 * time.Second // with TLS and the password
	keepAliveIdle   = 10 * time.Second
	keepAliveEvery  = 3 * time.Second
	keepAliveProbes = 3
	unacknowledged  = 10 * time.Second // for how long what was sent may be
)

// Harden applies these limits to a connection configuration of another package. Such a connection also needs
// WatchClient.
func Harden(config *pgx.ConnConfig) {
	config.DialFunc = dialer().DialContext
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = greetWithin
	}
}

func dialer() *net.Dialer {
	return &net.Dialer{
		Timeout:         dialWithin,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepAliveIdle, Interval: keepAliveEvery, Count: keepAliveProbes},
		Control:         limitUnacknowledged,
	}
}

// WatchClient makes the server detect a vanished node, too: otherwise the session of a node that vanished keeps its
// advisory locks for two hours. A server without that setting is used all the same.
func WatchClient(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 10000")
	if conn.IsClosed() {
		return err
	}
	return nil
}

// connector makes connections whose transactions begin within limits, and which are left once the server
// has turned out not to be the primary any more.
type connector struct {
	driver.Connector
	era *era
}

// Connect is database/sql's.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	born := c.era.now()
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &limitedConn{Conn: conn.(*stdlib.Conn), era: c.era, born: born}, nil
}

// era counts the primaries that a pool of connections has seen.
type era struct {
	mu    sync.Mutex
	count int
	since time.Time
}

func (e *era) now() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.count
}

// end replaces all connections of an era, at most once a second: until another primary exists, every statement would
// ask for it.
func (e *era) end(born int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if born == e.count && time.Since(e.since) > time.Second {
		e.count++
		e.since = time.Now()
	}
}

type limitedConn struct {
	*stdlib.Conn
	era  *era
	born int

	readOnly bool // the last transaction that began was
}

// IsValid is database/sql's.
func (c *limitedConn) IsValid() bool { return c.born == c.era.now() }

// checked looks whether the server is a standby.
func (c *limitedConn) checked(err error) error {
	if err != nil && pgState(err) == "25006" && !c.readOnly {
		c.era.end(c.born)
	}
	return err
}

// ExecContext is database/sql's.
func (c *limitedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.Conn.ExecContext(ctx, query, args)
	return result, c.checked(err)
}

// QueryContext is database/sql's.
func (c *limitedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.QueryContext(ctx, query, args)
	return rows, c.checked(err)
}

// BeginTx is database/sql's.
func (c *limitedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	c.readOnly = opts.ReadOnly
	mode := ""
	if sql.IsolationLevel(opts.Isolation) == sql.LevelRepeatableRead {
		mode = " isolation level repeatable read"
	}
	if opts.ReadOnly {
		mode += " read only"
	}
	query := begin(ctx, mode)
	if query == "" {
		return c.Conn.BeginTx(ctx, opts)
	}
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	tx, err := c.Conn.Conn().BeginTx(ctx, pgx.TxOptions{BeginQuery: query})
	if err != nil {
		return nil, err
	}
	return limitedTx{ctx, tx}, nil
}

type limitedTx struct {
	ctx context.Context
	tx  pgx.Tx
}

// Commit is database/sql's.
func (t limitedTx) Commit() error { return t.tx.Commit(t.ctx) }

// Rollback is database/sql's.
func (t limitedTx) Rollback() error { return t.tx.Rollback(t.ctx) }
