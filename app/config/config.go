package config

import (
	"os"

	"github.com/caarlos0/env/v11"
)

// Config is everything that can be set, from the environment. Each secret may also be given as
// NAME_FILE, the path of a file that holds it.
type Config struct {
	// Addr is where the server listens.
	Addr string `env:"DCHAT_ADDR" envDefault:"127.0.0.1:8080"`
	// BaseURL is where people reach the server; without it, only this machine's names and addresses are served.
	BaseURL string `env:"DCHAT_BASE_URL"`
	// TLSCert and TLSKey are files with a certificate and its key, for a server that speaks TLS itself.
	TLSCert string `env:"DCHAT_TLS_CERT"`
	TLSKey  string `env:"DCHAT_TLS_KEY"`
	// ACMEURL is the directory of the authority from which the server fetches its certificates. Unset, it
	// does so, from Let's Encrypt, if Addr has port 443 and BaseURL begins with https.
	ACMEURL string `env:"DCHAT_ACME_URL"`
	// HTTPAddr is where a server with TLS listens for those who come without, and for the authority; unset,
	// on port 80 beside port 443.
	HTTPAddr string `env:"DCHAT_HTTP_ADDR"`
	// DataDir holds what is not in the database, and the database itself if DatabaseURL is unset.
	DataDir string `env:"DCHAT_DATA_DIR" envDefault:"./data"`
	// DatabaseURL is postgres://…; unset, SQLite in the data folder.
	DatabaseURL string `env:"DATABASE_URL" secret:"true"`
	// RedisURL is redis://…; unset, the node is alone.
	RedisURL string `env:"REDIS_URL" secret:"true"`
	// SMTPURL is smtp://… or smtps://…; unset, letters are put into the data folder's outbox.
	SMTPURL string `env:"SMTP_URL" secret:"true"`
	// MailFrom is the sender of letters.
	MailFrom string `env:"DCHAT_MAIL_FROM"`
	// EmailVerification is required (only those who have confirmed their address get in), off, or auto:
	// required once SMTPURL is set.
	EmailVerification string `env:"DCHAT_EMAIL_VERIFICATION" envDefault:"auto"`
	// Secret is the root of what is signed (links in letters, addresses of files): all nodes need the
	// same. Unset, it is made once and kept in the data folder.
	Secret string `env:"DCHAT_SECRET" secret:"true"`
	// MaxUpload is the largest file that can be sent, and Quota how much all files of one person may take:
	// in bytes, with k, M, G or T; unset, there is no limit.
	MaxUpload string `env:"DCHAT_MAX_UPLOAD"`
	Quota     string `env:"DCHAT_QUOTA"`
	// Worker is on, or off where `dchat worker` does the jobs (letters, copies of data, clean-up).
	Worker string `env:"DCHAT_WORKER" envDefault:"on"`
	// Migrate is auto or off.
	Migrate string `env:"DCHAT_MIGRATE" envDefault:"auto"`
	// MigrateURL is a direct connection for migrations where DatabaseURL goes through a pooler.
	MigrateURL string `env:"MIGRATE_URL" secret:"true"`
	// MetricsAddr is where metrics, profiles and health are shown to operators; unset, nowhere.
	MetricsAddr string `env:"DCHAT_METRICS_ADDR"`
	// DrainDelay is how long a node that is told to stop goes on serving while it says that it is not ready.
	DrainDelay string `env:"DCHAT_DRAIN_DELAY" envDefault:"0s"`
	// TrustedProxies are the addresses or networks whose X-Real-IP and X-Request-ID are believed.
	TrustedProxies []string `env:"DCHAT_TRUSTED_PROXIES" envSeparator:","`
	// RateLimits is on, or off for load tests.
	RateLimits string `env:"DCHAT_RATE_LIMITS" envDefault:"on"`
	// Dev is off, or on to show all letters and components at /dev/.
	Dev string `env:"DCHAT_DEV" envDefault:"off"`
	// LogLevel is debug, info, warn or error.
	LogLevel string `env:"DCHAT_LOG_LEVEL" envDefault:"info"`
	// LogFormat is text or json.
	LogFormat string `env:"DCHAT_LOG_FORMAT" envDefault:"text"`
}

// FromEnv reads and checks the configuration. Its error is one sentence that names the setting.
func FromEnv() (Config, error) {
	var c Config
	if err := env.Parse(&c); err != nil {
		return c, err
	}
	if err := checkNames(os.Environ()); err != nil {
		return c, err
	}
	c.trimLists()
	if err := c.readFiles(); err != nil {
		return c, err
	}
	return c, c.check()
}
