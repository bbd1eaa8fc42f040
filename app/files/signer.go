package files

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strconv"
	"time"
)

// Signer makes URLs of files that are valid for one viewer and a limited time. A signature alone does not grant
// access: the handler also checks that the viewer may still see the file.
type Signer struct{ key []byte }

// window is how long an address stays the same, so that browsers find in their cache what an
// earlier page has shown. An address is good for one to two of them.
const window = 12 * time.Hour

// NewSigner derives a key of its own from the secret.
func NewSigner(secret []byte) *Signer {
	key, err := hkdf.Key(sha256.New, secret, nil, "dchat: addresses of files", sha256.Size)
	if err != nil {
		panic(err) // only for keys longer than any hash can give
	}
	return &Signer{key}
}

// URL is the address of a file for one viewer. The name is for people and decides nothing.
func (s *Signer) URL(viewer int64, id, name string, now time.Time) string {
	exp := strconv.FormatInt(now.Truncate(window).Add(2*window).Unix(), 10)
	return "/files/" + url.PathEscape(id) + "/" + pathName(name) + "?exp=" + exp + "&sig=" + s.sign(viewer, id, exp)
}

// Check reports whether URL gave this address to this viewer, and not too long ago.
func (s *Signer) Check(viewer int64, id, exp, sig string, now time.Time) bool {
	if !hmac.Equal([]byte(s.sign(viewer, id, exp)), []byte(sig)) {
		return false
	}
	seconds, err := strconv.ParseInt(exp, 10, 64)
	return err == nil && now.Before(time.Unix(seconds, 0))
}

// sign binds all that an address says. Each part goes in with its length: no two sets of parts read
// the same.
func (s *Signer) sign(viewer int64, id, exp string) string {
	mac := hmac.New(sha256.New, s.key)
	for _, part := range []string{"1", "file", id, strconv.FormatInt(viewer, 10), exp} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
