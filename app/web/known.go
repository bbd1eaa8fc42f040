package web

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"

	"dchat/app/chat"
	"dchat/app/limit"

	"github.com/gofiber/fiber/v2"
)

// A browser that has signed up or in to an account is known to it: strangers who guess the account's password
// do not keep it out, and an address is confirmed in it without further ado. Its cookie opens nothing: it
// holds a version, the browser's random name of 16 bytes, and for each account 8 bytes of id and 16 bytes of
// an HMAC-SHA256 over name and id.
const (
	knownVersion  = 1
	knownName     = 16
	knownSeal     = 16
	knownAccount  = 8 + knownSeal
	knownAccounts = 8
	knownLife     = 400 * 24 * time.Hour // longer than browsers keep any
)

// loginsPerKnown is for a browser that is known, in place of the rules for strangers.
var loginsPerKnown = limit.Rule{Name: "login-known", Burst: 30, Per: 15 * time.Minute}

type knownBrowser struct {
	name     []byte
	accounts [][]byte // the latest first
}

func (w *Web) knownCookie() string { return CookieName(w.secure()) + "-known" }

// known reads the cookie; what is not ours is a browser that no account knows.
func (w *Web) known(c *fiber.Ctx) knownBrowser {
	raw, err := base64.RawURLEncoding.DecodeString(c.Cookies(w.knownCookie()))
	if err != nil || len(raw) < 1+knownName || raw[0] != knownVersion || len(raw) > 1+knownName+knownAccounts*knownAccount || (len(raw)-1-knownName)%knownAccount != 0 {
		name := make([]byte, knownName)
		rand.Read(name) // never fails
		return knownBrowser{name: name}
	}
	return knownBrowser{raw[1 : 1+knownName], slices.Collect(slices.Chunk(raw[1+knownName:], knownAccount))}
}

// knows reports whether the browser is known to an account.
func (w *Web) knows(b knownBrowser, user int64) bool {
	entry := w.knownEntry(b.name, user)
	return slices.ContainsFunc(b.accounts, func(other []byte) bool { return hmac.Equal(entry, other) })
}

func (w *Web) knownEntry(name []byte, user int64) []byte {
	key, err := hkdf.Key(sha256.New, w.Secret, nil, "dchat known browser", sha256.Size)
	if err != nil {
		panic(err) // only for lengths that HKDF cannot make
	}
	entry := binary.BigEndian.AppendUint64(nil, uint64(user))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte{knownVersion})
	mac.Write(name)
	mac.Write(entry)
	return append(entry, mac.Sum(nil)[:knownSeal]...)
}

// remember makes the browser known to an account. The account that was longest not used in it is forgotten.
func (w *Web) remember(c *fiber.Ctx, user int64) {
	b, entry := w.known(c), []byte(nil)
	entry = w.knownEntry(b.name, user)
	others := slices.DeleteFunc(b.accounts, func(other []byte) bool { return string(other[:8]) == string(entry[:8]) })
	accounts := append([][]byte{entry}, others[:min(len(others), knownAccounts-1)]...)
	value := slices.Concat(append([][]byte{{knownVersion}, b.name}, accounts...)...)
	c.Cookie(&fiber.Cookie{
		Name: w.knownCookie(), Value: base64.RawURLEncoding.EncodeToString(value), Path: "/", MaxAge: int(knownLife / time.Second),
		Secure: w.secure(), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}

// allowLogin refuses who guesses. All names of an account are counted together. The narrowest rule is first:
// what it refuses costs nobody else anything.
func (w *Web) allowLogin(c *fiber.Ctx, login string) error {
	accounts, err := w.accountsOf(c.UserContext(), login)
	if err != nil {
		return err
	}
	b, unknown := w.known(c), []string(nil)
	for _, account := range accounts {
		if !w.knows(b, account) {
			unknown = append(unknown, "account "+id(account))
			continue
		}
		if err := w.allow(c, loginsPerKnown, string(b.name)+" "+id(account)); err != nil {
			return err
		}
	}
	switch {
	case len(accounts) > 0 && len(unknown) == 0:
		return nil
	case len(accounts) == 0:
		unknown = []string{nameKey(login)}
	}
	return w.allowStranger(c, unknown)
}

func (w *Web) allowStranger(c *fiber.Ctx, names []string) error {
	for _, name := range names {
		if err := w.allow(c, loginsPerTry, place(c)+" "+name); err != nil {
			return err
		}
	}
	if err := w.allow(c, loginsPerAddress, place(c)); err != nil {
		return err
	}
	for _, name := range names {
		if err := w.allow(c, loginsPerName, name); err != nil {
			return err
		}
	}
	return nil
}

// accountsOf are the ids of those whom a sign-in may mean.
func (w *Web) accountsOf(ctx context.Context, login string) (ids []int64, err error) {
	users, err := w.Store.Claimants(ctx, login)
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids, err
}

// madeHere reports whether the browser has made an account, or has been signed in to it.
func (w *Web) madeHere(c *fiber.Ctx, session *chat.Session, user *chat.User) bool {
	return session != nil && session.UserID == user.ID || w.knows(w.known(c), user.ID)
}
