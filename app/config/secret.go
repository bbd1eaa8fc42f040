package config

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// minSecret is the minimum length of DCHAT_SECRET, in characters.
const minSecret = 32

// LoadSecret generates the secret at the first start, and keeps it in the data folder.
func (c *Config) LoadSecret() error {
	if c.Secret != "" {
		if len(strings.TrimSpace(c.Secret)) < minSecret {
			return fmt.Errorf("DCHAT_SECRET must have at least %d characters, not counting blanks around it; `openssl rand -base64 32` makes one", minSecret)
		}
		return nil
	}
	path := filepath.Join(c.DataDir, "secret")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		raw := make([]byte, 32)
		rand.Read(raw) // never fails
		text = []byte(base64.StdEncoding.EncodeToString(raw) + "\n")
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("the secret in DCHAT_DATA_DIR cannot be read or made: %w", err)
	}
	if c.Secret = strings.TrimSpace(string(text)); len(c.Secret) < minSecret {
		return fmt.Errorf("%s is too short to be a secret; remove it to have one made", path)
	}
	return nil
}

// Fingerprint identifies the secret without revealing it.
func (c *Config) Fingerprint() string {
	mac := hmac.New(sha256.New, []byte(c.Secret))
	mac.Write([]byte("dchat fingerprint"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}
