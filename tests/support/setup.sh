#!/usr/bin/env bash
# Makes a Debian machine ready for keg's tests: packages and a running Docker engine.
#
#   tests/support/setup.sh [PACKAGE…]      (PACKAGE: further Debian packages that the caller needs)
#
# Says one line on stderr for each thing it does and nothing when nothing is to do. A running engine is used as it
# is. Works when it runs several times or at once. Exit code 1: the machine cannot be made ready; the reason is said.
set -euo pipefail

# Daemons live in sbin, which is not on every user's PATH.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" DEBIAN_FRONTEND=noninteractive
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
logs="$root/target/setup"

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
    say "$@"
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }
has_package() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Ends the script unless this user can become root for what is named.
need_root() {
    [ "$(id -u)" = 0 ] && return
    has sudo || fail "needs root for $1: run it as root, or install sudo"
    sudo -n true 2>/dev/null || fail "needs root for $1, and sudo asks for a password: run it as root"
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi; }

# Runs a command with its output in a log.
logged() {
    local log="$logs/$1.log"
    shift
    "$@" >"$log" 2>&1 9<&- </dev/null
}

# The packages that are missing, one a line. Where a command is what matters, it may come from anywhere.
missing_packages() {
    local package
    has docker || if apt-cache show docker-cli >/dev/null 2>&1; then echo docker-cli; else echo docker.io; fi
    has dockerd || engine_answers || echo docker.io
    has docker-compose || echo docker-compose
    has docker-registry || echo docker-registry
    has mmdebstrap || echo mmdebstrap
    has git || echo git
    has ps || echo procps
    has cc || echo build-essential
    # Tests put /bin/busybox alone into an image, so it has to be the static one.
    has_package busybox-static || echo busybox-static
    # htpasswd, for registries that ask for a password.
    has htpasswd || echo apache2-utils
    for package in "$@"; do has_package "$package" || echo "$package"; done
}

install_packages() {
    local packages=("$@")
    need_root "apt-get install ${packages[*]}"
    local install=(apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "${packages[@]}")
    say "installing ${packages[*]}"
    # Lists that are there and fresh enough save the update.
    if logged install as_root "${install[@]}"; then return; fi
    say "updating apt's package lists"
    # One source of several may be out of reach without harm, so what counts is whether the packages install then.
    logged update as_root apt-get update -q -o DPkg::Lock::Timeout=300 || true
    if logged install as_root "${install[@]}"; then return; fi
    tail -n 10 "$logs/install.log" >&2
    fail "could not install ${packages[*]} (log: $logs/install.log)"
}

engine_answers() { has docker && docker info >/dev/null 2>&1 9<&-; }
engine_refuses() { [[ $(docker info 2>&1 9<&-) == *'permission denied'* ]]; }

wait_for_engine() {
    local tries
    for tries in $(seq 300); do
        engine_answers && return
        # A socket that is there but refuses this user will not change its mind.
        [ "$tries" -gt 50 ] && engine_refuses && return 1
        sleep 0.2
    done
    return 1
}

# In a container on control groups v2, the kernel lets nobody limit a group below one that has processes itself
# (https://docs.kernel.org/admin-guide/cgroup-v2.html, "no internal processes"): the container's own group has to be
# empty before an engine can run in it. The machine's root group, which has no cgroup.type, is exempt.
release_control_groups() {
    [ -e /sys/fs/cgroup/cgroup.type ] || return 0
    # shellcheck disable=SC2016 # the inner shell's variables
    logged cgroups as_root sh -c '
        cd /sys/fs/cgroup && mkdir -p keg-setup
        while read -r process; do echo "$process" >keg-setup/cgroup.procs; done <cgroup.procs
        for controller in $(cat cgroup.controllers); do echo "+$controller" >cgroup.subtree_control; done' || true
}

# An engine that was killed leaves its process id behind, and the next one does not start while any process has that
# number: not even where it is a dead one that nobody has waited for, or a stranger.
remove_stale_pid_files() {
    local file program process
    for file in /var/run/docker.pid /var/run/docker/containerd/containerd.pid; do
        process=$(as_root cat "$file" 2>/dev/null) || continue
        case $file in */containerd.pid) program=containerd ;; *) program=dockerd ;; esac
        if [[ $(cat "/proc/$process/stat" 2>/dev/null) =~ ^[0-9]+\ \($program\)\ [^Z] ]]; then continue; fi
        as_root rm -f "$file"
    done
}

start_engine() {
    local socket="${DOCKER_HOST:-unix:///var/run/docker.sock}" log="$logs/dockerd.log"
    if [ "$socket" != unix:///var/run/docker.sock ] && [ "$socket" != unix:///run/docker.sock ]; then
        fail "DOCKER_HOST is $socket, where no engine answers: start it, or unset DOCKER_HOST"
    fi
    if engine_refuses; then
        fail 'the Docker engine refuses this user: run as root, or add the user to the group docker'
    fi
    need_root 'starting the Docker engine'
    if [ -d /run/systemd/system ]; then
        say 'starting the Docker engine (systemctl start docker)'
        as_root systemctl start docker 9<&- || fail 'systemctl could not start docker'
    else
        say "starting the Docker engine (dockerd, log: $log)"
        # Without an init system nobody may have mounted the control groups that every container needs.
        if ! mountpoint -q /sys/fs/cgroup; then
            has cgroupfs-mount || install_packages cgroupfs-mount
            logged cgroups as_root cgroupfs-mount || fail 'could not mount the control groups'
        fi
        release_control_groups
        remove_stale_pid_files
        # A session of its own, so that the engine outlives this shell and its Ctrl-C.
        # shellcheck disable=SC2016 # $1 belongs to the inner shell
        as_root sh -c 'setsid dockerd >>"$1" 2>&1 </dev/null &' sh "$log" 9<&-
    fi
    wait_for_engine && return
    [ -f "$log" ] && tail -n 10 "$log" >&2
    fail "the Docker engine did not come up: $(docker info 2>&1 9<&- | tail -n 1)"
}

if ! has apt-get || ! has dpkg-query; then
    needed=()
    for command in docker docker-compose docker-registry busybox mmdebstrap git cc htpasswd; do
        has "$command" || needed+=("$command")
    done
    engine_answers || needed+=('a running Docker engine')
    [ ${#needed[@]} = 0 ] && exit 0
    fail "this machine is not a Debian system, so these have to be installed by hand: $(IFS=,; echo "${needed[*]}")"
fi

# A folder that every user can read serves as the lock of the whole machine; what is started below closes it.
exec 9</etc/apt
flock 9
mkdir -p "$logs" 2>/dev/null || true
if [ ! -w "$logs" ]; then
    logs="${TMPDIR:-/tmp}/keg-setup-$(id -u)"
    mkdir -p "$logs"
fi

mapfile -t packages < <(missing_packages "$@" | sort -u)
[ ${#packages[@]} = 0 ] || install_packages "${packages[@]}"
engine_answers || start_engine
