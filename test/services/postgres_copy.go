package services

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// template is a database that others are copies of.
type template struct {
	once sync.Once
	name string
	err  error
}

// PostgresCopy creates a database for one test as a copy of one that prepare has filled: prepare is called once in a test
// binary, with the URL of an empty database, and must close its connections. It returns the URL.
func PostgresCopy(tb testing.TB, prepare func(url string) error) string {
	tb.Helper()
	c := shared(tb, nil)
	c.template.once.Do(func() { c.template.name, c.template.err = c.fill(prepare) })
	if c.template.err != nil {
		tb.Fatalf("PostgreSQL: %v", c.template.err)
	}
	return c.database(tb, " TEMPLATE "+c.template.name)
}

// fill creates the database that others are copies of.
func (c *cluster) fill(prepare func(url string) error) (string, error) {
	const name = "prepared"
	if err := c.exec("CREATE DATABASE " + name); err != nil {
		return "", err
	}
	return name, prepare(c.url(name))
}

// database creates a database that the end of the test drops, and returns its URL.
func (c *cluster) database(tb testing.TB, from string) string {
	tb.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	if err := c.exec(fmt.Sprintf("CREATE DATABASE %s%s", name, from)); err != nil {
		tb.Fatalf("PostgreSQL: %v", err)
	}
	tb.Cleanup(func() {
		if err := c.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			tb.Errorf("PostgreSQL: %v", err)
		}
	})
	return c.url(name)
}
