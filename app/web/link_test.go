package web_test

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// forge makes the token of a link with the secret of the server: the version, the
// person and the end of its life, and an HMAC over these and what the link depends on.
func forge(t *testing.T, purpose string, user int, until time.Time, terms ...string) string {
	t.Helper()
	key, err := hkdf.Key(sha256.New, []byte(harness.Secret()), nil, "dchat link "+purpose, sha256.Size)
	require.NoError(t, err)
	token := []byte{1}
	token = binary.BigEndian.AppendUint64(token, uint64(user))
	token = binary.BigEndian.AppendUint64(token, uint64(until.Unix()))
	mac := hmac.New(sha256.New, key)
	for _, part := range append([]string{string(token)}, terms...) {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(append(token, mac.Sum(nil)...))
}
