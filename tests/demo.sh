#!/usr/bin/env bash
# `make demo`: the main loop of keg with a real engine and a real registry, from an empty machine to a running
# service and back. Everything happens in a temporary copy of this workspace; at the end nothing is left but what
# the engine keeps in its build cache and cargo and Debian's packages keep in target/.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# What the user has set for keg and git elsewhere has no say here.
unset "${!KEG_@}" "${!GIT_@}"
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@localhost
export GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@localhost

number=0
step() { printf '\n%d. %s\n' "$((++number))" "$*"; }
# Shows a command, runs it, and shows its output indented. Progress goes to a terminal if there is one, where it
# disappears when it is done; elsewhere it is shown only if the command fails.
show() {
    printf '   $ %s\n' "$*"
    if [ -t 2 ]; then
        "$@" </dev/null | sed 's/^/     /'
    else
        "$@" </dev/null 2>"$temporary/progress" | sed 's/^/     /' || { cat "$temporary/progress" >&2; return 1; }
    fi
}
# The same for commands that tell everything as they go.
tell() {
    printf '   $ %s\n' "$*"
    "$@" 2>&1 </dev/null | sed 's/^/     /'
}
# Commands of keg are shown as a user types them.
keg() { "$program" "$@"; }

tests_support="$root/tests/support" program="${CARGO_TARGET_DIR:-$root/target}/debug/keg"
temporary='' registry_process='' registry='' made_root=''

clean_up() {
    local status=$?
    trap - EXIT INT TERM
    set +e
    if [ -n "$temporary" ]; then
        local containers networks images
        containers=$(docker ps -aq --filter "label=dev.keg.workspace=$temporary/workspace")
        # shellcheck disable=SC2086 # one argument for each
        [ -z "$containers" ] || docker rm -f -v $containers >/dev/null
        networks=$(docker network ls -q --filter "label=dev.keg.workspace=$temporary/workspace")
        # shellcheck disable=SC2086
        [ -z "$networks" ] || docker network rm $networks >/dev/null
        [ -z "$registry" ] || images=$(docker images -q --filter "reference=$registry/*" | sort -u)
        # shellcheck disable=SC2086
        [ -z "${images:-}" ] || docker rmi -f $images >/dev/null
        [ -z "$registry_process" ] || kill "$registry_process"
        wait
        rm -rf "$temporary"
    fi
    [ -z "$made_root" ] || docker rmi debian:bookworm-slim >/dev/null
    if [ "$status" = 0 ]; then
        printf '\nThe demo worked, and its containers, images, registry and files are gone.\n'
    else
        printf '\nThe demo failed (exit code %d).\n' "$status" >&2
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step 'Prepare the machine: packages, engine, and keg itself'
done_by_setup=$("$tests_support/setup.sh" curl 2>&1) || { printf '%s\n' "$done_by_setup" >&2; exit 1; }
printf '   %s\n' "${done_by_setup:-nothing was missing}"
# The unoptimised program: it is compiled in a fraction of the time, and shares what the tests compile.
(cd "$root" && cargo build --quiet --locked)
root_image=$("$tests_support/root-image.sh")
case $root_image in
    pulled) echo '   pulled debian:bookworm-slim' ;;
    made)
        made_root=yes
        echo '   debian:bookworm-slim cannot be pulled here: made it from Debian packages (mmdebstrap, docker import)'
        ;;
esac
temporary=$(mktemp -d "${TMPDIR:-/tmp}/keg-demo.XXXXXX")
temporary=$(cd "$temporary" && pwd -P)
export XDG_CONFIG_HOME="$temporary/config" XDG_STATE_HOME="$temporary/state"

step 'Start a registry on a free port, with its images in a temporary folder'
cat >"$temporary/registry.yml" <<CONFIG
version: 0.1
log: { level: info, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: $temporary/registry }, delete: { enabled: true } }
http: { addr: "127.0.0.1:0" }
CONFIG
docker-registry serve "$temporary/registry.yml" >"$temporary/registry.log" 2>&1 &
registry_process=$!
for _ in $(seq 100); do
    port=$(sed -n 's/.*listening on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$temporary/registry.log" | head -n 1)
    [ -z "$port" ] || break
    sleep 0.1
done
[ -n "$port" ] || { cat "$temporary/registry.log" >&2; exit 1; }
registry="localhost:$port/keg-demo"
echo "   $registry"

step 'Copy this workspace, so that nothing here is changed'
mkdir "$temporary/workspace"
cd "$temporary/workspace"
for path in keg.yml keg.lock base hub taps tests_common; do
    [ ! -e "$root/$path" ] || cp -R "$root/$path" .
done
printf '\nregistry: %s\n' "$registry" >>keg.yml
printf '.keg/\n' >.gitignore
git init --quiet --initial-branch=main
git add --all
git commit --quiet --message 'Start'
show keg graph

step 'On the default branch: build every image and publish it under the tag develop'
# Where the network shows a certificate of its own, pip has to know this machine's authorities.
authorities=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
secret=()
[ ! -r "$authorities" ] || secret=(--secret "id=ca,src=$authorities")
show keg build --push "${secret[@]}"

step 'On a branch: nothing has changed, so nothing is built, and the images only get the branch as a tag'
show git checkout --quiet -b demo/greeter
show keg build "${secret[@]}"
show keg push

step 'Make a new tap from a template: written, built, tagged and published'
tell keg tap new greeter --template web

step 'Forget its image on this machine, as if a colleague had made it'
# shellcheck disable=SC2046 # one argument for each image
docker rmi -f $(docker images -q --filter "reference=$registry/greeter" | sort -u) >/dev/null
echo "   images of greeter on the engine: $(docker images -q --filter "reference=$registry/greeter" | wc -l)"

step 'Start it: its image is pulled, and the service answers'
tell keg start greeter
container=$(docker ps -q --filter label=dev.keg.tap=greeter --filter "label=dev.keg.workspace=$temporary/workspace")
address=$(docker port "$container" 8080 | head -n 1)
show curl --silent --show-error --fail "http://$address/"
answer=$(curl --silent --fail "http://$address/")
[[ $answer == *'<h1>Hello from greeter</h1>'* ]]

step 'See what there is, and what runs'
show keg status
show keg ps

step 'Stop it'
tell keg stop greeter
[ -z "$(docker ps -q --filter "label=dev.keg.workspace=$temporary/workspace")" ]
