#!/usr/bin/env bash
# `make bench`: times keg beside `docker build`, `docker tag` and `docker push` in a loop, `docker buildx bake` and
# `git status`, and measures how fast it starts and how much memory it takes. Only the ratios mean anything on another
# machine.
#
#   tests/bench.sh [PART…]     PART: build, publish, status, docs, ci, program, start (the files in tests/bench); all if none is named
#
#   KEG=PROGRAM     measures this program instead of an optimised build of this repository
#   ROUNDS=3        how often each is measured; the median counts
#
# The tree: 1 base, 5 hub and 24 tap images of 20 small files each, on busybox. Buildx and engine 26 come from Debian
# 13; that engine runs in a network namespace of its own and needs root.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
unset "${!KEG_@}"
# shellcheck disable=SC2034 # the parts use it
rounds=${ROUNDS:-3}

say() { printf 'bench: %s\n' "$*" >&2; }

[ "$(id -u)" = 0 ] || { say 'needs root, for an engine in a network namespace of its own'; exit 1; }
"$root/tests/support/setup.sh" hyperfine time iproute2 python3
tools=$("$root/tests/support/tools.sh")
if [ -z "${KEG:-}" ]; then
    (cd "$root" && cargo build --quiet --locked --release)
    KEG="${CARGO_TARGET_DIR:-$root/target}/release/keg"
fi

temporary=$(mktemp -d "${TMPDIR:-/tmp}/keg-bench.XXXXXX")
namespace="keg-bench-$$" processes=()
own_engine="unix://${DOCKER_HOST:-/var/run/docker.sock}"
own_engine=${own_engine/unix:\/\/unix:/unix:}
new_engine="unix://$temporary/engine.sock"

remove_images() {
    local images
    images=$(docker -H "$own_engine" images -q --filter 'reference=keg-bench-*' | sort -u)
    # shellcheck disable=SC2086 # one argument for each image
    [ -z "$images" ] || docker -H "$own_engine" rmi -f $images >/dev/null
}
clean_up() {
    local status=$?
    trap - EXIT INT TERM
    set +e
    remove_images
    for process in "${processes[@]}"; do
        kill "$process"
        wait "$process" 2>/dev/null
    done
    ip netns delete "$namespace" 2>/dev/null
    rm -rf "$temporary"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A client configuration with buildx, so that nothing of the user's is read or changed.
mkdir -p "$temporary/docker/cli-plugins"
ln -s "$tools/cli-plugins/docker-buildx" "$temporary/docker/cli-plugins/"
export DOCKER_CONFIG="$temporary/docker" XDG_CONFIG_HOME="$temporary" XDG_STATE_HOME="$temporary"
new_docker() { DOCKER_HOST="$new_engine" "$tools/usr/bin/docker" "$@"; }

say 'starting Docker Engine 26'
ip netns add "$namespace"
# Entered with nsenter: `ip netns exec` would hide the control groups.
nsenter --net="/var/run/netns/$namespace" ip link set lo up
PATH="$tools/usr/bin:$tools/usr/sbin:$PATH" nsenter --net="/var/run/netns/$namespace" dockerd \
    --data-root "$temporary/data" --exec-root "$temporary/exec" --pidfile "$temporary/engine.pid" \
    --host "$new_engine" >"$temporary/engine.log" 2>&1 &
processes+=($!)
for _ in $(seq 150); do
    new_docker info >/dev/null 2>&1 && break
    sleep 0.2
done
new_docker info >/dev/null 2>&1 || { tail -n 5 "$temporary/engine.log" >&2; exit 1; }

# Writes a tree of 30 images to $1. Each call gives other contents, so that no build finds anything in a cache.
seed=0
make_tree() {
    local tree=$1 name parent folder file
    seed=$((seed + 1))
    rm -rf "$tree"
    mkdir -p "$tree"
    printf 'default_branch: main\n' >"$tree/keg.yml"
    printf '.keg/\n' >"$tree/.gitignore"
    : >"$tree/order"
    for name in base hub{1..5} tap{1..24}; do
        case $name in
            base) folder=base parent='' ;;
            hub*) folder=hub/$name parent=keg-bench-base ;;
            tap*) folder=taps/$name parent=keg-bench-hub$((${name#tap} % 5 + 1)) ;;
        esac
        mkdir -p "$tree/$folder/files"
        for file in {1..20}; do
            echo "$$ $seed $name $file ${EPOCHREALTIME}" >"$tree/$folder/files/$file"
        done
        if [ -z "$parent" ]; then
            cp /bin/busybox "$tree/$folder/busybox"
            printf '%s\n' 'FROM scratch' 'COPY busybox files /bin/' 'RUN ["/bin/busybox","--install","-s","/bin"]'
        else
            printf '%s\n' "ARG KEG_BASE_IMAGE=$parent:main" "FROM \${KEG_BASE_IMAGE}" "COPY files /$name/"
        fi >"$tree/$folder/Dockerfile"
        printf 'name: keg-bench-%s\n%s' "$name" "${parent:+base: $parent:main
}" >"$tree/$folder/$([[ $name == tap* ]] && echo tap.yml || echo image.yml)"
        echo "keg-bench-$name $folder $parent" >>"$tree/order"
    done
    awk 'BEGIN { printf "{\"group\":{\"default\":{\"targets\":[" }
         { targets = targets (NR > 1 ? "," : "") "\"" $1 "\""
           bodies = bodies (NR > 1 ? "," : "") "\"" $1 "\":{\"context\":\"" $2 "\",\"tags\":[\"" $1 ":main\"]"
           if ($3) bodies = bodies ",\"contexts\":{\"" $3 ":main\":\"target:" $3 "\"}"
           bodies = bodies "}" }
         END { printf "%s]}},\"target\":{%s}}\n", targets, bodies }' "$tree/order" >"$tree/docker-bake.json"
    git -C "$tree" init -q -b main
    git -C "$tree" add -A
    git -C "$tree" -c user.name=bench -c user.email=bench@localhost commit -q -m tree
}

# Milliseconds that a command takes in the current folder; its output is shown if it fails.
milliseconds() {
    local start=${EPOCHREALTIME/./}
    "$@" >"$temporary/output" 2>&1 || { cat "$temporary/output" >&2; say "\`$*\` failed"; exit 1; }
    echo $(((${EPOCHREALTIME/./} - start) / 1000))
}
median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

parts=("$@")
[ "$#" -gt 0 ] || parts=(build publish status docs ci program start capacity)
for part in "${parts[@]}"; do
    # shellcheck source=/dev/null # each of tests/bench is checked by itself
    . "$root/tests/bench/$part.sh"
done
