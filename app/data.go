package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dchat/db"
)

// minSecret is the shortest DCHAT_SECRET, in characters.
const minSecret = 32

// loadSecret makes the secret at the first start and keeps it in the data folder.
func (c *Config) loadSecret() error {
	if c.Secret != "" {
		if len(c.Secret) < minSecret {
			return fmt.Errorf("DCHAT_SECRET must have at least %d characters; `openssl rand -base64 32` makes one", minSecret)
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

// Migrate brings the database up to date, through MIGRATE_URL if it is set.
func Migrate(ctx context.Context, config Config) error {
	dsn := config.dsn()
	if config.MigrateURL != "" {
		dsn = config.MigrateURL
	}
	if config.DatabaseURL == "" {
		if err := os.MkdirAll(config.DataDir, 0o700); err != nil {
			return fmt.Errorf("DCHAT_DATA_DIR cannot be made: %w", err)
		}
	}
	database, err := db.Open(ctx, dsn)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	defer database.Close()
	return database.Migrate(ctx)
}
