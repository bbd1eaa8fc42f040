package config

import (
	"os"

	"github.com/caarlos0/env/v11"
)

// Config holds all settings, read from the environment. A secret may also be given as NAME_FILE, the path of a file that
// contains it.
type Config struct {
	// Addr is where the server listens.
	Addr string `env:"DCHAT_ADDR" envDefault:"127.0.0.1:8080"`
	// BaseURL is the address at which people reach the server. Unset, only this machine's names and addresses are served.
	BaseURL string `env:"DCHAT_BASE_URL"`
	// TLSCert and TLSKey are the paths of a certificate and its key, for a server that speaks TLS itself.
	TLSCert string `env:"DCHAT_TLS_CERT"`
	TLSKey  string `env:"DCHAT_TLS_KEY"`
	// ACMEURL is the directory of the authority from which the server fetches certificates. Unset, it is Let's Encrypt's if
	// Addr has port 443 and BaseURL begins with https.
	ACMEURL string `env:"DCHAT_ACME_URL"`
	// HTTPAddr is where a server with TLS listens for requests without it, and for the authority. Unset, it is port 80 if
	// Addr has port 443.
	HTTPAddr string `env:"DCHAT_HTTP_ADDR"`
	// DataDir holds files, emails and keys, and the database if DatabaseURL is unset.
	DataDir string `env:"DCHAT_DATA_DIR" envDefault:"./data"`
	// DatabaseURL is postgres://…; unset, SQLite in the data folder.
	DatabaseURL string `env:"DATABASE_URL" secret:"true"`
	// RedisURL is redis://…; unset, there is only one node.
	RedisURL string `env:"REDIS_URL" secret:"true"`
	// SMTPURL is smtp://… or smtps://…; unset, emails are written to the data folder's outbox.
	SMTPURL string `env:"SMTP_URL" secret:"true"`
	// MailFrom is the sender of emails.
	MailFrom string `env:"DCHAT_MAIL_FROM"`
	// EmailVerification is required (people must confirm their address before they get in), off, or auto: required if
	// SMTPURL is set.
	EmailVerification string `env:"DCHAT_EMAIL_VERIFICATION" envDefault:"auto"`
	// Secret is the key from which signatures are derived (links in emails, addresses of files). All nodes need the same.
	// Unset, it is generated once and kept in the data folder.
	Secret string `env:"DCHAT_SECRET" secret:"true"`
	// MaxUpload is the size of the largest file that can be sent, and Quota that of all files of one person: in bytes, with
	// k, M, G or T. Unset, there is no limit.
	MaxUpload string `env:"DCHAT_MAX_UPLOAD"`
	Quota     string `env:"DCHAT_QUOTA"`
	// EditWindow is for how long people can edit a message that they have sent: a time such as 24h, 0 is never, none is for
	// ever.
	EditWindow string `env:"DCHAT_EDIT_WINDOW" envDefault:"24h"`
	// OnlineFor is for how long people count as online after the last sign of a page that they can see: 3s to 1m.
	OnlineFor string `env:"DCHAT_ONLINE_FOR" envDefault:"1m"`
	// Push is on, off, or local: for tests, it also sends to addresses of local networks.
	Push string `env:"DCHAT_PUSH" envDefault:"on"`
	// Worker is on, or off where `dchat worker` runs the jobs (emails, copies of data, clean-up).
	Worker string `env:"DCHAT_WORKER" envDefault:"on"`
	// Migrate is auto or off.
	Migrate string `env:"DCHAT_MIGRATE" envDefault:"auto"`
	// MigrateURL is a direct connection for migrations where DatabaseURL goes through a pooler.
	MigrateURL string `env:"MIGRATE_URL" secret:"true"`
	// MetricsAddr is where metrics, profiles and health are served to operators. Unset, they are not served.
	MetricsAddr string `env:"DCHAT_METRICS_ADDR"`
	// DrainDelay is how long a stopping node still serves while /readyz says that it is not ready.
	DrainDelay string `env:"DCHAT_DRAIN_DELAY" envDefault:"0s"`
	// TrustedProxies are the addresses or networks whose X-Real-IP and X-Request-ID are trusted.
	TrustedProxies []string `env:"DCHAT_TRUSTED_PROXIES" envSeparator:","`
	// RateLimits is on, or off for load tests.
	RateLimits string `env:"DCHAT_RATE_LIMITS" envDefault:"on"`
	// Dev is off, or on to show all emails and components at /dev/.
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
