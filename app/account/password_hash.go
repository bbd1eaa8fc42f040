package account

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/secure/precis"
)

var hashParams = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// unknownUserHash is compared where no person was found, so that a miss takes as long as a hit.
const unknownUserHash = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$yPgoDxgGcZ1dRtmzyoXAMTVvKqU6dBjyIYkqZKLDTZ8"

// hasher hashes passwords, only a few at once: each costs 19 MiB.
type hasher struct {
	turns  chan struct{}
	checks atomic.Int64 // passwords that were compared with a hash
}

func newHasher() *hasher {
	return &hasher{turns: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
}

// normalizePassword returns a password as it is hashed, by the profile OpaqueString of RFC 8265: keyboards
// and systems differ in how they compose letters and which spaces they type. A password that does not fit the
// profile stays as it is.
func normalizePassword(password string) (string, bool) {
	if len(password) > 4*maxPassword*4 {
		return password, true // too long, which is another fault
	}
	opaque, err := precis.OpaqueString.String(password)
	if err != nil {
		return password, false
	}
	return opaque, true
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	password, _ = normalizePassword(password)
	return inTurn(ctx, h, func() (string, error) { return argon2id.CreateHash(password, hashParams) })
}

// matches takes as long for an empty hash as for any other.
func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	ok, _, err := h.compare(ctx, password, hash)
	return ok, err
}

// compare also reports whether the hash is of the password as it was typed: earlier releases did not
// normalize. Only a password that was typed in another form takes a second look, for every account alike.
func (h *hasher) compare(ctx context.Context, password, hash string) (ok, old bool, err error) {
	if len(password) > 4*maxPassword { // cannot be right, and not worth hashing
		password = ""
	}
	if hash == "" {
		hash = unknownUserHash
	}
	opaque, _ := normalizePassword(password)
	ok, err = h.matchesExactly(ctx, opaque, hash)
	if err != nil || opaque == password {
		return ok, false, err
	}
	asTyped, err := h.matchesExactly(ctx, password, hash)
	return ok || asTyped, asTyped, err
}

func (h *hasher) matchesExactly(ctx context.Context, password, hash string) (bool, error) {
	h.checks.Add(1)
	return inTurn(ctx, h, func() (bool, error) { return argon2id.ComparePasswordAndHash(password, hash) })
}

// inTurn waits until the memory for one more hash is free.
func inTurn[R any](ctx context.Context, h *hasher, work func() (R, error)) (result R, err error) {
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
		return work()
	case <-ctx.Done():
		return result, ctx.Err()
	}
}
