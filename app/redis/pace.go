package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// dialPause is between two attempts to connect to one address.
const dialPause = 50 * time.Millisecond

var errTooSoon = errors.New("redis: the last attempt to connect was a moment ago")

// Pace limits how often a client connects. When a connection breaks, each of its subscriptions asks for a new one.
func Pace(option *rueidis.ClientOption) {
	dial := option.DialCtxFn
	if dial == nil {
		dial = dialTCP
	}
	var mu sync.Mutex
	last := make(map[string]time.Time)
	option.DialCtxFn = func(ctx context.Context, address string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
		mu.Lock()
		tooSoon := time.Since(last[address]) < dialPause
		if !tooSoon {
			last[address] = time.Now()
		}
		mu.Unlock()
		if tooSoon {
			return nil, errTooSoon
		}
		return dial(ctx, address, dialer, config)
	}
}

func dialTCP(ctx context.Context, address string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
	if config == nil {
		return dialer.DialContext(ctx, "tcp", address)
	}
	secure := tls.Dialer{NetDialer: dialer, Config: config}
	return secure.DialContext(ctx, "tcp", address)
}
