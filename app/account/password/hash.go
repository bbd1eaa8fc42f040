package password

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

// Hasher hashes passwords, only a few at once: each costs 19 MiB.
type Hasher struct {
	turns chan struct{}
	// Checks is how many passwords were compared with a hash.
	Checks atomic.Int64
}

// NewHasher returns a Hasher for as many passwords at once as there are processors.
func NewHasher() *Hasher {
	return &Hasher{turns: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
}

// normalize returns a password as it is hashed, by the profile OpaqueString of RFC 8265: keyboards
// and systems differ in how they compose letters and which spaces they type. A password that does not fit the
// profile stays as it is.
func normalize(password string) (string, bool) {
	if len(password) > 4*maxLength*4 {
		return password, true // too long, which is another fault
	}
	opaque, err := precis.OpaqueString.String(password)
	if err != nil {
		return password, false
	}
	return opaque, true
}

// Hash returns the hash of a password as it is stored.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	password, _ = normalize(password)
	return inTurn(ctx, h, func() (string, error) { return argon2id.CreateHash(password, hashParams) })
}

// Matches takes as long for an empty hash as for any other.
func (h *Hasher) Matches(ctx context.Context, password, hash string) (bool, error) {
	ok, _, err := h.Compare(ctx, password, hash)
	return ok, err
}

// Compare also reports whether the hash is of the password as it was typed: earlier releases did not
// normalize. Only a password that was typed in another form takes a second look, for every account alike.
func (h *Hasher) Compare(ctx context.Context, password, hash string) (ok, old bool, err error) {
	if len(password) > 4*maxLength { // cannot be right, and not worth hashing
		password = ""
	}
	if hash == "" {
		hash = unknownUserHash
	}
	opaque, _ := normalize(password)
	ok, err = h.matchesExactly(ctx, opaque, hash)
	if err != nil || opaque == password {
		return ok, false, err
	}
	asTyped, err := h.matchesExactly(ctx, password, hash)
	return ok || asTyped, asTyped, err
}

func (h *Hasher) matchesExactly(ctx context.Context, password, hash string) (bool, error) {
	h.Checks.Add(1)
	return inTurn(ctx, h, func() (bool, error) { return argon2id.ComparePasswordAndHash(password, hash) })
}

// inTurn waits until the memory for one more hash is free.
func inTurn[R any](ctx context.Context, h *Hasher, work func() (R, error)) (result R, err error) {
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
		return work()
	case <-ctx.Done():
		return result, ctx.Err()
	}
}
