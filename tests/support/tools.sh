#!/usr/bin/env bash
# Puts newer Docker programs beside the system's, without installing them, and prints their folder.
#
#   tests/support/tools.sh      prints <repository>/target/tools
#
# They come from Debian 13 (trixie) and run on Debian 12. Tests and the benchmark find in the folder:
#
#   cli-plugins/docker-compose     Compose v2 (2.26)     copy or link the folder to $DOCKER_CONFIG/cli-plugins
#   cli-plugins/docker-buildx      buildx (0.13)         of a test's own DOCKER_CONFIG
#   usr/bin/docker                 Docker's client 26
#   usr/sbin/dockerd               Docker Engine 26 with usr/bin/{containerd,containerd-shim-runc-v2,ctr} and
#   usr/sbin/docker-proxy          usr/bin/docker-init; put usr/bin and usr/sbin first on its PATH, and run it
#                                  with the system's runc
#
# The machine's own Debian mirror is used. Says one line on stderr for each thing it does, and is quick and silent
# when nothing is to do. Works when it runs several times or at once. Exit code 1: out of reach; the reason is said.
set -euo pipefail

suite=trixie
packages=(docker-compose docker-buildx docker.io docker-cli containerd tini)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tools="$root/target/tools"
work="$root/target/tools.new"

say() { printf 'tools: %s\n' "$*" >&2; }
fail() {
    say "$@"
    exit 1
}

mkdir -p "$root/target"
exec 9<"$root/target"
flock 9

wanted="$suite ${packages[*]}"
if [ "$(cat "$tools/complete" 2>/dev/null)" = "$wanted" ]; then
    echo "$tools"
    exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    fail 'needs apt-get and dpkg, that is, a Debian machine'
fi

# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
# shellcheck disable=SC2016 # $(…) is apt's own syntax
uri=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v release="$codename" '$1 == release && $2 == "main" { print $3; exit }')
[ -n "$uri" ] || fail "apt's sources name no mirror of Debian ($codename main)"

say "downloading Compose v2, buildx and Docker Engine 26 from Debian ($suite)"
rm -rf "$work"
mkdir -p "$work"/{apt/lists/partial,apt/cache/archives/partial,packages,tree}
: >"$work/apt/status"
cat >"$work/apt/debian.sources" <<SOURCES
Types: deb
URIs: $uri
Suites: $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
# Only these folders are read and written, so the system's package lists and state stay as they are.
apt=(
    apt-get -q
    -o "Dir::Etc::sourcelist=$work/apt/debian.sources" -o Dir::Etc::sourceparts=-
    -o Dir::Etc::preferences=- -o Dir::Etc::preferencesparts=-
    -o "Dir::State::Lists=$work/apt/lists" -o "Dir::State::status=$work/apt/status" -o "Dir::Cache=$work/apt/cache"
    -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Sandbox::User=root
)
log="$root/target/tools.log"
run() { "$@" >>"$log" 2>&1 9<&- </dev/null || { tail -n 10 "$log" >&2; fail "\`$1\` failed (log: $log)"; }; }
: >"$log"
run "${apt[@]}" update
(cd "$work/packages" && run "${apt[@]}" download "${packages[@]}")

for package in "$work"/packages/*.deb; do run dpkg -x "$package" "$work/tree"; done
mkdir "$work/tree/cli-plugins"
ln "$work"/tree/usr/libexec/docker/cli-plugins/docker-{compose,buildx} "$work/tree/cli-plugins/"
echo "$wanted" >"$work/tree/complete"
rm -rf "$tools"
mv "$work/tree" "$tools"
rm -rf "$work"
echo "$tools"
