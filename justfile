# Every habit by name. Where `just` is not installed: npx rust-just@1.57.0 TASK

tool := "go tool -modfile=infra/tools/go.mod"

[private]
default:
    @{{ just_executable() }} --list --unsorted

# fetch what building and checking need
setup:
    go mod download
    npm ci --ignore-scripts

# run in development: edits of styles, scripts, templates and Go are on open pages at once, or when they are built
dev:
    sh infra/dev.sh

# run as it is
run *arguments:
    go run . {{ arguments }}

# write the generated files: templates, the bundled script and vendored browser assets
generate:
    go generate ./...

# check everything, as CI does; installs what is missing when it may
test:
    sh infra/test.sh

# run Go tests; those whose server or browser is not installed are skipped
quick *packages="./...":
    go test {{ packages }}

# put the Go files into gofumpt's format
format:
    {{ tool }} gofumpt -w .

# look for mistakes
lint:
    {{ tool }} golangci-lint run ./...

# check the types of the script
types:
    node_modules/.bin/tsc -p static/js

# run the unit tests of the script
script:
    node --test test/js/*_test.js

# run the browser tests
e2e:
    DCHAT_TEST_ALL=1 go test -count=1 -v ./test/browser

# take the pictures of the README anew
screenshots:
    DCHAT_PICTURES={{ justfile_directory() }}/docs/pictures go test -count=1 -run TestPictures ./test/browser

# fill the database with made-up people and messages
seed *arguments:
    go run . seed {{ arguments }}

# measure a running server
bench *arguments:
    go run . bench {{ arguments }}

# build the image
image version="dev":
    docker build -f infra/Dockerfile --build-arg VERSION={{ version }} -t dchat:{{ version }} .

# make the archives of a release, with checksums, licences and notes, in bin/release
release version:
    sh infra/release.sh {{ version }}

# run everything on this machine, in containers
up:
    docker compose up --build --detach

# stop that; what people wrote stays in its volumes
down:
    docker compose down

# deploy or update the swarm that this docker speaks to; stack.yml says what it needs
stack name="dchat":
    DCHAT_CONFIG=$(cat infra/nginx/*.conf | cksum | cut -d ' ' -f 1) docker stack deploy -c stack.yml {{ name }}

# rehearse a deployment: needs a Docker engine in swarm mode; infra/rehearse.sh says more
rehearse:
    sh infra/rehearse.sh
