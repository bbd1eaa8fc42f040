package app_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mayImport is the house rule: which room may know which. A room is a package with those inside it.
var mayImport = map[string][]string{
	"main":       {"cli"},
	"cli":        {"app", "config", "backup", "bench", "files", "nearest"},
	"app":        {"config", "guard", "account", "attachment", "chat", "store", "web", "broadcast", "live", "limit", "listen", "files", "folder", "notify", "jobs", "metrics", "backup", "views", "static", "db"},
	"config":     {"address", "nearest"},
	"web":        {"errs", "account", "attachment", "chat", "address", "text", "broadcast", "live", "limit", "listen", "files", "views", "static"},
	"broadcast":  {"guard", "account", "chat", "live", "views", "files"},
	"jobs":       {"imagesize", "guard", "account", "attachment", "chat", "store", "broadcast", "files", "notify", "views", "db"},
	"backup":     {"attachment", "jobs", "files", "db"},
	"chat":       {"imagesize", "account", "attachment", "errs", "store", "cache", "guard", "text", "db"},
	"attachment": {"imagesize", "account", "errs", "store", "text", "db"},
	"account":    {"imagesize", "errs", "store", "cache", "address", "text", "db"},
	"store":      {"db"},
	"errs":       {"db"},
	"cache":      {},
	"views":      {"imagesize", "account", "attachment", "chat", "text", "static"},
	"text":       {},
	"address":    {"text"},
	"imagesize":  {},
	"guard":      {},
	"redis":      {},
	"live":       {"guard", "redis"},
	"limit":      {"guard", "redis"},
	"listen":     {},
	"files":      {"imagesize", "text"},
	"nearest":    {},
	"folder":     {},
	"notify":     {"address"},
	"metrics":    {},
	"db":         {},
	"static":     {},
	"bench":      {},
	"services":   {"files"},
	"browser":    {},
	"life":       {},
	"page":       {"harness", "live"},
	"migrated":   {"db", "services"},
	"cheap":      {"account"},
	"harness":    {"app", "config", "chat", "web", "db", "services", "migrated", "cheap"},
	"domain":     {"account", "attachment", "chat", "errs", "store", "db", "migrated", "cheap"},

	"rehearsal": {"harness", "services"},
}

// onlyKnownTo names the only rooms that may import a library.
var onlyKnownTo = map[string][]string{
	"github.com/redis/rueidis":    {"redis", "live", "limit"},
	"github.com/gofiber/":         {"web"},
	"github.com/riverqueue/":      {"jobs", "db"},
	"github.com/prometheus/":      {"metrics"},
	"github.com/SherClockHolmes/": {"notify"},
}

type goPackage struct {
	ImportPath string
	Imports    []string // without those of tests, which are free
}

func TestImportsFollowTheHouseRule(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		require.NoError(t, err, "%s", failed.Stderr)
	}
	require.NoError(t, err)

	var found []goPackage
	for list := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := list.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		found = append(found, p)
	}
	require.NotEmpty(t, found)
	require.Empty(t, violations(found))
}

func TestHouseRuleSeesABreach(t *testing.T) {
	for breach, p := range map[string]goPackage{
		"dchat/app/broadcast imports dchat/static":                 {"dchat/app/broadcast", []string{"dchat/app/live", "dchat/static"}},
		"dchat/app/account imports dchat/app/chat":                 {"dchat/app/account", []string{"dchat/app/errs", "dchat/app/chat"}},
		"dchat/app/live imports dchat/app/chat":                    {"dchat/app/live", []string{"dchat/app/chat"}},
		"dchat/db/migrations imports dchat/app/chat":               {"dchat/db/migrations", []string{"dchat/db", "dchat/app/chat"}},
		"dchat imports dchat/app/web":                              {"dchat", []string{"dchat/app/cli", "dchat/app/web"}},
		"dchat/app imports dchat/test/services":                    {"dchat/app", []string{"dchat/test/services"}},
		"dchat/app/web imports github.com/redis/rueidis":           {"dchat/app/web", []string{"github.com/redis/rueidis"}},
		"dchat/app/broadcast imports github.com/gofiber/fiber/v2":  {"dchat/app/broadcast", []string{"github.com/gofiber/fiber/v2"}},
		"dchat/app imports github.com/redis/rueidis/rueidiscompat": {"dchat/app", []string{"github.com/redis/rueidis/rueidiscompat"}},
		"dchat/helpers is a room without a rule":                   {"dchat/helpers", nil},
	} {
		require.Equal(t, []string{breach}, violations([]goPackage{p}))
	}
}

func violations(packages []goPackage) (found []string) {
	for _, p := range packages {
		from := room(p.ImportPath)
		if _, known := mayImport[from]; !known {
			found = append(found, p.ImportPath+" is a room without a rule")
		}
		for _, path := range p.Imports {
			if !allowed(from, path) {
				found = append(found, fmt.Sprintf("%s imports %s", p.ImportPath, path))
			}
		}
	}
	return found
}

func allowed(from, path string) bool {
	if to := room(path); to != "" {
		return to == from || slices.Contains(mayImport[from], to)
	}
	for library, rooms := range onlyKnownTo {
		if strings.HasPrefix(path, library) {
			return slices.Contains(rooms, from)
		}
	}
	return true
}

// room is the name in the rule of one of our packages; "" is a package of others.
func room(path string) string {
	path, ours := strings.CutPrefix(path+"/", "dchat/")
	if !ours {
		return ""
	}
	inside, isApp := strings.CutPrefix(path, "app/")
	inside = strings.TrimPrefix(inside, "test/")
	name, _, _ := strings.Cut(inside, "/")
	switch {
	case path == "":
		return "main"
	case isApp && name == "":
		return "app"
	}
	return name
}
