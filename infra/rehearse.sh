#!/bin/sh
# Rehearses a deployment: builds the image, puts up stack.yml, lets two people chat while its parts go away one after
# the other, and takes everything down again. Needs Go, Chromium, and a Docker engine that manages a swarm without a
# DChat, with its ports 80 and 8025.
#
#   DCHAT_IMAGE=…  an image that is there already, instead of building one
#   DEPLOY=…       the command that takes a stack file and a name, instead of docker stack deploy
#   KEEP=1         leaves the stack in place; the next rehearsal goes on with it
set -eu
cd "$(dirname "$0")/.."

stack=dchat-rehearsal
labels="dchat.data dchat.storage"
node=$(docker info --format '{{.Swarm.NodeID}}')
work=$(mktemp -d)
trap 'rm -rf "$work"; [ -n "${KEEP:-}" ] || down' EXIT
trap 'exit 1' HUP INT TERM

# down takes away what up and the test have made.
down() {
    docker stack rm "$stack" || return
    while [ -n "$(docker ps -qa --filter label=com.docker.stack.namespace="$stack")" ]; do sleep 1; done
    docker volume ls -q --filter name="^${stack}_" | xargs -r docker volume rm
    docker secret ls -q --filter name="$stack-" | xargs -r docker secret rm
    for label in $labels; do docker node update --label-rm "$label" "$node" >/dev/null; done
}

secret() {
    docker secret inspect "$stack-$1" >/dev/null 2>&1 || printf %s "$2" | docker secret create "$stack-$1" - >/dev/null
}

up() {
    password=$(openssl rand -hex 24)
    if ! docker secret inspect "$stack-postgres-password" >/dev/null 2>&1; then
        secret postgres-password "$password"
        secret database-url "postgres://dchat:$password@postgres/dchat"
    fi
    secret secret "$(openssl rand -base64 32)"
    secret smtp-url "smtp://mail:1025?tls=off"
    for label in $labels; do docker node update --label-add "$label=true" "$node" >/dev/null; done
    docker stack config -c stack.yml -c infra/rehearsal.yml >"$work/stack.yml"
    ${DEPLOY:-docker stack deploy -c} "$work/stack.yml" "$stack"
}

if [ -z "${DCHAT_IMAGE:-}" ]; then
    DCHAT_IMAGE=$stack:latest
    docker build -f infra/Dockerfile -t "$DCHAT_IMAGE" .
fi
DCHAT_CONFIG="rehearsal-$(cat infra/nginx/* | cksum | cut -d ' ' -f 1)"
export DCHAT_IMAGE DCHAT_CONFIG DCHAT_BASE_URL=http://localhost
up
export DCHAT_REHEARSE_STACK=$stack DCHAT_REHEARSE_URL=http://localhost DCHAT_REHEARSE_MAIL=http://localhost:8025
go test -tags rehearsal -count=1 -v -timeout 30m -run 'TestTwoBrowsersAtTwoReplicas|TestAnUpdateUnderTwoPages' ./test/browser
go test -tags rehearsal -count=1 -v -timeout 90m -run TestTheStack ./test/rehearsal
