#!/bin/sh
# The server in development, at DCHAT_ADDR, with one page of all components at /dev/views. What is edited is on open pages
# soon: styles, scripts and the texts of templates at once, for the server reads them from the source; Go when it is built.
set -eu
cd "$(dirname "$0")/.."

mkdir -p bin
watchers='' server='' built=''
# shellcheck disable=SC2086 # a list of numbers
trap 'kill $server $watchers 2>/dev/null || true; wait' EXIT
trap 'exit 0' HUP INT TERM

echo "== building"
for tool in a-h/templ/cmd/templ evanw/esbuild/cmd/esbuild; do
    go build -modfile=infra/tools/go.mod -o "bin/${tool##*/}" "github.com/$tool"
done
export DCHAT_DEV=on TEMPL_DEV_MODE=true
export DCHAT_DRAIN_DELAY="${DCHAT_DRAIN_DELAY:-300ms}" # a page that has just found the server ready is still answered
bin/templ generate -lazy -log-level warn
bin/templ generate -watch -log-level warn &
watchers=$!
bin/esbuild static/js/main.js --bundle --minify --target=es2022 --log-level=warning --outfile=static/dchat.js --watch=forever &
watchers="$watchers $!"
bin/esbuild static/js/viewer.js upload=static/js/upload/main.js --bundle --minify --format=esm \
    --target=es2022 --log-level=warning '--entry-names=[name]' --outdir=static/min --watch=forever &
watchers="$watchers $!"

# build tries twice: a file may be half written, and be as it was before a moment later.
build() { go build -o bin/dchat-dev . 2>/dev/null || { sleep 1 && go build -o bin/dchat-dev .; }; }

# sources is one number for all that is built; files that are only written again do not change it.
sources() { find main.go app db views static -name '*.go' ! -name '*_test.go' -exec cat {} + | cksum; }

while :; do
    now=$(sources)
    if [ "$now" != "$built" ]; then
        built=$now
        if build; then
            [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" || true; }
            bin/dchat-dev &
            server=$!
        fi
    fi
    sleep 0.2
done
