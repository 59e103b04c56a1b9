# shellcheck shell=bash disable=SC2154,SC2164 # sourced by tests/bench.sh, which sets the variables and stops at errors
# Starting a tap that is up to date, beside Compose alone, with a registry on this machine and with one that is
# 30 ms away; and 20 taps that take two seconds to come up, beside one.

start_port=15001 far_start_port=15031 taps=20
mkdir -p "$temporary/start-registry"
cat >"$temporary/start-registry.yml" <<YAML
version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: $temporary/start-registry } }
http: { addr: "127.0.0.1:$start_port" }
YAML
nsenter --net="/var/run/netns/$namespace" docker-registry serve "$temporary/start-registry.yml" >"$temporary/start-registry.log" 2>&1 &
processes+=($!)
# Not every kernel can delay packets, so a relay does.
nsenter --net="/var/run/netns/$namespace" "$root/tests/support/delay.py" "$far_start_port" "$start_port" 30 >"$temporary/start-relay.log" 2>&1 &
processes+=($!)
within() { nsenter --net="/var/run/netns/$namespace" "$@"; }
for _ in $(seq 100); do
    within curl -s "http://127.0.0.1:$start_port/v2/" >/dev/null && break
    sleep 0.1
done
ln -sf "$tools/cli-plugins/docker-compose" "$DOCKER_CONFIG/cli-plugins/"

keg_here() { DOCKER_HOST="$new_engine" within "$KEG" "$@"; }
compose() { new_docker compose -p keg-bench-alone -f taps/tap1/compose.yml "$@"; }
up() { compose up -d; }
pull_and_up() { compose pull && compose up -d; }
# keg decides by itself which image it is.
start() { env -u KEG_IMAGE_FROM DOCKER_HOST="$new_engine" nsenter --net="/var/run/netns/$namespace" "$KEG" start --branch main "$@"; }
all=()
for ((tap = 1; tap <= taps; tap++)); do all+=("keg-bench-tap$tap"); done

declare -A started
for distance in near far; do
    make_tree "$temporary/tree"
    cd "$temporary/tree"
    port=$start_port
    [ "$distance" = near ] || port=$far_start_port
    echo "registry: 127.0.0.1:$port/keg-bench-start" >>keg.yml
    for ((tap = 1; tap <= taps; tap++)); do
        cat >"taps/tap$tap/compose.yml" <<'YAML'
services:
  web:
    image: ${KEG_IMAGE_FROM}
    command: [sleep, "1000"]
    stop_signal: SIGKILL
YAML
    done
    git add -A && git commit -qm start
    say "publishing the taps, $distance"
    keg_here build --push --quiet --branch main >/dev/null
    export KEG_IMAGE_FROM=127.0.0.1:$port/keg-bench-start/keg-bench-tap1:main
    # What has stayed up once is not waited for again; that it is so the first time is no matter of the daily start.
    start "${all[@]}" --quiet >/dev/null
    keg_here stop --all --quiet
    # In turns, so that what else the machine does meets all alike.
    for ((round = 0; round < rounds; round++)); do
        started[$distance keg]+="$(milliseconds start keg-bench-tap1)"$'\n'
        keg_here stop --all --quiet
        started[$distance up]+="$(milliseconds up)"$'\n'
        compose down -t 0 >/dev/null 2>&1
        started[$distance pull]+="$(milliseconds pull_and_up)"$'\n'
        compose down -t 0 >/dev/null 2>&1
    done
done
value() { printf %s "${started[$1 $2]}" | median; }
printf '\n%-44s %9s %9s   %9s %9s\n' 'starting a tap that is up to date' 'near' 'keg / it' '30 ms' 'keg / it'
for what in keg up pull; do
    case $what in
        keg) text='keg start' ;;
        up) text='docker compose up -d' ;;
        pull) text='docker compose pull, docker compose up -d' ;;
    esac
    awk -v text="$text" -v near="$(value near $what)" -v far="$(value far $what)" -v keg="$(value near keg)" \
        -v keg_far="$(value far keg)" 'BEGIN {
            printf "%-44s %7.2f s %9.2f   %7.2f s %9.2f\n", text, near / 1000, keg / near, far / 1000, keg_far / far }'
done
unset KEG_IMAGE_FROM

say "starting $taps taps that take two seconds"
for ((tap = 1; tap <= taps; tap++)); do
    cat >"taps/tap$tap/compose.yml" <<'YAML'
services:
  web:
    command: [sh, -c, "sleep 2; touch /ready; sleep 1000"]
    stop_signal: SIGKILL
    healthcheck: { test: [CMD, test, -e, /ready], interval: 250ms, retries: 100 }
YAML
done
for ((round = 0; round < rounds; round++)); do
    started[slow one]+="$(milliseconds start keg-bench-tap1)"$'\n'
    keg_here stop --all --quiet
    started[slow all]+="$(milliseconds start "${all[@]}")"$'\n'
    keg_here stop --all --quiet
done
awk -v taps="$taps" -v one="$(value slow one)" -v all="$(value slow all)" 'BEGIN {
    printf "\n%-44s %7.2f s\n%-44s %7.2f s, %.2f times one\n", "keg start, a service that takes 2 s", one / 1000,
        "keg start of " taps " such taps", all / 1000, all / one }'
