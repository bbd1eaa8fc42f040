#!/bin/sh
# Makes the archives of a release: infra/release.sh 1.2.3. Needs Go and a clone of the source with a section of that name
# in its changelog. They lie in bin/release afterwards, with their checksums and the notes; nothing is published.
#
#   TARGETS=linux/amd64   only some of them
set -eu
cd "$(dirname "$0")/.."

version=${1:?"which version? infra/release.sh 1.2.3"}
out=bin/release
base=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

case $version in
*[!0-9A-Za-z.+-]* | v* | "") echo "a version is like 1.2.3, not $version" >&2; exit 2 ;;
esac
[ -z "$(git status --porcelain)" ] || { echo "the work tree has changes: a release is of a commit" >&2; exit 1; }

# notes are the changelog's section of the version.
awk -v version="$version" '/^## / { on = index($0, "## [" version "]") == 1; next } on' CHANGELOG.md >"$work/notes"
grep -q '[^[:space:]]' "$work/notes" || { echo "CHANGELOG.md has no section [$version]" >&2; exit 1; }

rm -rf "$out" && mkdir -p "$out"
go run ./app/cli/notices >"$work/NOTICES"
for target in ${TARGETS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64}; do
    GOOS=${target%/*} GOARCH=${target#*/}
    name=dchat-$version-$GOOS-$GOARCH
    program=dchat format=tar.gz
    [ "$GOOS" != windows ] || program=dchat.exe format=zip
    echo "$name"
    CGO_ENABLED=0 GOOS=$GOOS GOARCH=$GOARCH go build -trimpath -ldflags "-s -w -X dchat/app.release=$version" -o "$work/$program" .
    # git archive gives the same bytes on every machine.
    git -c tar.umask=0022 archive --format="$format" --prefix="$name/" -o "$base/$out/$name.$format" \
        --add-file="$work/$program" --add-file="$work/NOTICES" HEAD LICENSE README.md CHANGELOG.md docs infra/systemd infra/nginx infra/prometheus infra/grafana
    rm "$work/$program"
done
cp "$work/notes" "$out/NOTES.md"
cd "$out"
if command -v sha256sum >/dev/null 2>&1; then sha256sum dchat-*; else shasum -a 256 dchat-*; fi >SHA256SUMS
cat SHA256SUMS
