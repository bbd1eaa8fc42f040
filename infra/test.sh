#!/bin/sh
# Every check of the project, in order; it stops at the first that fails. As root on Debian it installs the
# servers and tools it needs; elsewhere it says what is missing.
set -eu
cd "$(dirname "$0")/.."

export DCHAT_TEST_ALL=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

has() { command -v "$1" >/dev/null 2>&1; }

has_postgres() {
    has initdb && has postgres && return
    for dir in /usr/lib/postgresql/*/bin; do
        [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && return
    done
    return 1
}

has_chromium() { has chromium || has chromium-browser || has google-chrome || has google-chrome-stable; }

# packages names the Debian packages of what is missing.
packages() {
    has_postgres || echo postgresql
    has redis-server || echo redis-server
    has pgbouncer || [ -x /usr/sbin/pgbouncer ] || echo pgbouncer
    has nginx || [ -x /usr/sbin/nginx ] || echo nginx
    has_chromium || echo chromium
    has firefox-esr || has firefox || echo firefox-esr
    has node || echo nodejs
    has npm || echo npm
    has git || echo git
    has gcc || echo gcc libc6-dev # go test -race needs cgo
    has openssl || echo openssl
    has docker-compose || docker compose version >/dev/null 2>&1 || echo docker-compose
}

parts() {
    if ! has go; then
        echo "Go is missing: install the version that go.mod names from https://go.dev/dl/." >&2
        return 1
    fi
    missing=$(packages | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    if ! has apt-get || [ "$(id -u)" != 0 ]; then
        echo "Missing for the full test (Debian's package names): $missing" >&2
        return 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # a list of words
    apt-get -q update && apt-get -q -y install --no-install-recommends $missing || return
    missing=$(packages | tr '\n' ' ')
    [ -z "$missing" ] || { echo "Still missing: $missing" >&2; return 1; }
}

tool() { go tool -modfile=infra/tools/go.mod "$@"; }

vendored() {
    npm ci --ignore-scripts --no-fund --no-audit && node infra/vendor.mjs --check
}

# generated prints the generated files with their checksums: the work tree may hold other changes, so the
# commit is nothing to compare with.
generated() {
    find . \( -name node_modules -o -name .git -o -path ./data \) -prune -o \
        -type f \( -name '*_templ.go' -o -path './static/vendor/*' -o -path './app/files/heif/*.gz' -o -path './app/files/heif/LICENSE-*' -o -path ./static/dchat.js -o -path './static/min/*' -o -path ./docs/schema.md -o -path ./docs/graphics/DChat_MR.svg \) -exec cksum {} + | sort -k 3
}

generate() {
    generated >"$work/before" && go generate ./... && generated >"$work/after" || return
    diff "$work/before" "$work/after" && return
    echo "These files were not what go generate makes of their sources. They are now: commit them." >&2
    return 1
}

types() { node_modules/.bin/tsc -p static/js; }
script() { node --test test/js/*_test.js; }

format() {
    unformatted=$(tool gofumpt -l .) || return
    [ -z "$unformatted" ] || { echo "Not in gofumpt's format:" "$unformatted" >&2; return 1; }
}

lint() { tool golangci-lint run ./...; }
vet() { go vet ./...; }

# gotests names each test when it ends, and at the end those that were skipped. What fails gets a second chance alone: a
# machine may be too busy for what waits for a screen or a server, but a mistake fails twice.
gotests() {
    tool gotestsum --format testname --rerun-fails=1 --rerun-fails-max-failures=20 --rerun-fails-abort-on-data-race "$@" -count=1 -timeout 30m
}

# sequential are the packages whose code and tests start no goroutine: there is no race to detect, and all characters of
# Unicode take ten times as long under the detector.
sequential="app/account/password app/address app/cli/notices app/config app/nearest app/text app/text/words db/picture views views/markup"

# goroutines prints where the sequential packages start one after all.
goroutines() {
    for package in $sequential; do
        grep -nE '^[[:space:]]*go (func|[a-zA-Z.]+)\(|\.Go\(' "$package"/*.go
    done
}

# plain runs tests as the program is delivered.
plain() { CGO_ENABLED=0 gotests --packages "$@"; }

# unwatched runs the tests of the files that leave the race detector out; they say why.
unwatched() {
    files=$(grep -rl --include='*_test.go' '^//go:build !race$' app bench db test views)
    # shellcheck disable=SC2086 # lists of files
    plain "$(dirname $files | sort -u | sed 's,^,./,' | tr '\n' ' ')" -- \
        -run "^($(sed -n 's/^func \(Test[A-Za-z0-9_]*\)(.*/\1/p' $files | paste -s -d '|'))\$"
}

# race runs tests with the race detector, but for SQLite: it is C turned into Go, watched word by word it takes most of the
# time, and it is not ours to check. (A package that shares generic code with the library must not be left out: the linker
# keeps one copy, and if that is not watched, the detector reports races that are none.) More packages run at once than
# there are processors, since their tests wait for servers and clocks.
race() { CGO_ENABLED=1 gotests --packages "$*" -- -p 3 -race '-gcflags=modernc.org/...=-race=false -d=checkptr=0'; }

# The longest goes first. The browser waits for what happens on the screen, so it gets the machine for itself, and the
# nodes that it visits run as they are delivered: the other tests watch them for races. Of four tests, two wait.
tests() {
    if goroutines; then
        echo "Take these packages out of the list of the sequential ones." >&2
        return 1
    fi
    apart=$(printf ' -e /%s$' $sequential test/browser app/web)
    # shellcheck disable=SC2046,SC2086 # lists of words
    plain "$(printf './%s ' $sequential)" -- && unwatched &&
        race ./app/web $(go list ./... | grep -v $apart) &&
        plain ./test/browser -- -parallel 3
}

build() { CGO_ENABLED=0 go build -o "$work/dchat" .; }

# nginx_with checks a server as it is deployed, but for where the files lie that it reads and writes.
nginx_with() {
    rm -rf "$work/nginx" && mkdir -p "$work/nginx/conf.d" "$work/nginx/tls" "$work/nginx/tmp" || return
    cp infra/nginx/nginx.conf "$work/nginx" && cp "infra/nginx/$1" "$work/nginx/conf.d" || return
    shift
    for file; do cp "infra/nginx/$file" "$work/nginx/tls" || return; done
    find "$work/nginx" -name '*.conf' -exec sed -i "s, /tmp/, $work/nginx/tmp/,; s, /etc/nginx/, $work/nginx/,; s, /run/secrets/, $work/," {} +
    PATH=$PATH:/usr/sbin nginx -q -t -e stderr -p "$work/nginx" -c "$work/nginx/nginx.conf"
}

compose() {
    if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi
}

# No engine is needed. Where this docker cannot read stacks, compose checks their form.
deployment() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout "$work/tls_key" -out "$work/tls_certificate" 2>/dev/null &&
        nginx_with mediaserver.conf && nginx_with nginxserver.conf && nginx_with nginxserver.conf tls.conf &&
        compose -f docker-compose.yml config -q && compose -f docker-compose.yml -f infra/acme.yml config -q || return
    if docker stack --help 2>/dev/null | grep -q "^  config "; then
        docker stack config -c stack.yml >/dev/null
    else
        compose -f stack.yml config -q
    fi
}

vulnerabilities() {
    if ! node -e 'fetch("https://vuln.go.dev/index/db.json", { signal: AbortSignal.timeout(15000) })
        .then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))'; then
        echo "skipped: the database https://vuln.go.dev is out of reach"
        return
    fi
    tool govulncheck ./...
}

step() {
    name=$1
    shift
    echo "== $name"
    began=$(date +%s)
    "$@" || { echo "== $name: failed after $(($(date +%s) - began)) s" >&2; exit 1; }
    echo "== $name: $(($(date +%s) - began)) s"
}

step "what the tests need" parts
step "vendored assets are the pinned packages'" vendored
step "generated files are up to date" generate
step "types of the script" types
step "unit tests of the script" script
step "format" format
step "lint" lint
step "vet" vet
step "tests" tests
step "build without cgo" build
step "deployment files" deployment
step "known vulnerabilities" vulnerabilities
