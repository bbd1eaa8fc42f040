// Package known remembers in a cookie which accounts a browser has signed up or in to.
package known

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Limits on guessed passwords do not lock out the known browsers of an account, and an email address is confirmed in
// a known browser without a password. The cookie alone grants no access: it holds a version, the browser's random
// name of 16 bytes, and for each account 8 bytes of id and 16 bytes of an HMAC-SHA256 over name and id.
const (
	version     = 1
	nameSize    = 16
	sealSize    = 16
	entrySize   = 8 + sealSize
	maxAccounts = 8
	lifetime    = 400 * 24 * time.Hour // browsers keep no cookie longer
)

// Cookies reads and writes the cookies of known browsers. Name is the cookie's name; Secret is the root of the key
// that signs it.
type Cookies struct {
	Name   string
	Secure bool
	Secret []byte
}

// Browser is the content of a cookie.
type Browser struct {
	name     []byte
	accounts [][]byte // the latest first
	secret   []byte
}

// Name identifies the browser in the keys of limits. It is random bytes.
func (b Browser) Name() string { return string(b.name) }

// Browser reads the cookie. Without a valid cookie it returns a new browser, which no account knows.
func (k Cookies) Browser(c *fiber.Ctx) Browser {
	raw, err := base64.RawURLEncoding.DecodeString(c.Cookies(k.Name))
	if err != nil || len(raw) < 1+nameSize || raw[0] != version || len(raw) > 1+nameSize+maxAccounts*entrySize || (len(raw)-1-nameSize)%entrySize != 0 {
		name := make([]byte, nameSize)
		rand.Read(name) // never fails
		return Browser{name: name, secret: k.Secret}
	}
	return Browser{raw[1 : 1+nameSize], slices.Collect(slices.Chunk(raw[1+nameSize:], entrySize)), k.Secret}
}

// Knows reports whether the cookie names the account of a user and the signature is valid.
func (b Browser) Knows(user int64) bool {
	entry := b.entry(user)
	return slices.ContainsFunc(b.accounts, func(other []byte) bool { return hmac.Equal(entry, other) })
}

func (b Browser) entry(user int64) []byte {
	key, err := hkdf.Key(sha256.New, b.secret, nil, "dchat known browser", sha256.Size)
	if err != nil {
		panic(err) // only for lengths that HKDF cannot make
	}
	entry := binary.BigEndian.AppendUint64(nil, uint64(user))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte{version})
	mac.Write(b.name)
	mac.Write(entry)
	return append(entry, mac.Sum(nil)[:sealSize]...)
}

// Remember adds an account to the cookie. Beyond 8 accounts it drops the least recently used one.
func (k Cookies) Remember(c *fiber.Ctx, user int64) {
	b := k.Browser(c)
	entry := b.entry(user)
	others := slices.DeleteFunc(b.accounts, func(other []byte) bool { return string(other[:8]) == string(entry[:8]) })
	accounts := append([][]byte{entry}, others[:min(len(others), maxAccounts-1)]...)
	value := slices.Concat(append([][]byte{{version}, b.name}, accounts...)...)
	c.Cookie(&fiber.Cookie{
		Name: k.Name, Value: base64.RawURLEncoding.EncodeToString(value), Path: "/", MaxAge: int(lifetime / time.Second),
		Secure: k.Secure, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}
