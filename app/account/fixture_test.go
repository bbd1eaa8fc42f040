package account_test

import (
	"testing"

	"dchat/app/store"
	"dchat/test/domain"
	"dchat/test/services"
)

func TestMain(m *testing.M) { services.Main(m) }

type fixture struct{ *domain.Fixture }

func everywhere(t *testing.T, test func(*fixture), options ...func(*domain.Options)) {
	domain.Everywhere(t, func(f *domain.Fixture) { test(&fixture{f}) }, options...)
}

func newFixture(t *testing.T, dsn string, options ...func(*domain.Options)) *fixture {
	return &fixture{domain.New(t, dsn, options...)}
}

func only[J store.Job](f *fixture) J { return domain.Only[J](f.Fixture) }
