// Package push sends notifications to browsers by Web Push: encrypted for the browser (RFC 8291), signed by this server
// (RFC 8292), through the push service that the browser has chosen (RFC 8030).
package push

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// keys are a pair by which push services know this server again (VAPID), both in base64url.
type keys struct{ public, private string }

// keysOf derives the keys from the server's secret: all nodes have the same, and there is no second file to lose.
func keysOf(secret []byte) (keys, error) {
	for try := range 100 {
		raw, err := hkdf.Key(sha256.New, secret, nil, fmt.Sprintf("dchat push %d", try), 32)
		if err != nil {
			return keys{}, err
		}
		private, err := ecdh.P256().NewPrivateKey(raw)
		if err != nil { // one of 2³² is outside the group
			continue
		}
		encode := base64.RawURLEncoding.EncodeToString
		return keys{encode(private.PublicKey().Bytes()), encode(raw)}, nil
	}
	return keys{}, fmt.Errorf("no key can be derived from the secret")
}
