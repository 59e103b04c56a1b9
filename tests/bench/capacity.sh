# shellcheck shell=bash disable=SC2154,SC2164 # sourced by tests/bench.sh, which sets the variables and stops at errors
# Publishing a new branch of 1,000 unchanged images with a registry that is 30 ms away: time, memory, requests.
#
# CAPACITY_IMAGES=100 takes fewer.

capacity=${CAPACITY_IMAGES:-1000} capacity_port=15800 capacity_far=15830
mkdir -p "$temporary/capacity-registry"
cat >"$temporary/capacity.yml" <<YAML
version: 0.1
log: { level: info, accesslog: { disabled: false } }
storage: { filesystem: { rootdirectory: $temporary/capacity-registry } }
http: { addr: "127.0.0.1:$capacity_port" }
YAML
# In the background nsenter is called as such: a function would be a shell between, which alone would be ended.
capacity_inside() { nsenter --net="/var/run/netns/$namespace" "$@"; }
nsenter --net="/var/run/netns/$namespace" docker-registry serve "$temporary/capacity.yml" >"$temporary/capacity.log" 2>&1 &
capacity_registry=$!
processes+=("$capacity_registry")
nsenter --net="/var/run/netns/$namespace" "$root/tests/support/delay.py" "$capacity_far" "$capacity_port" 30 \
    >"$temporary/capacity-relay.log" 2>&1 &
capacity_relay=$!
processes+=("$capacity_relay")
# Hundredths of a second of processor time that engine, registry and relay have had so far, one after the other.
capacity_others() {
    for process in "${processes[0]}" "$capacity_registry" "$capacity_relay"; do
        awk '{ printf "%d ", $14 + $15 }' "/proc/$process/stat"
    done
}
for _ in $(seq 100); do
    capacity_inside curl -s "http://127.0.0.1:$capacity_far/v2/" >/dev/null && break
    sleep 0.1
done

# A base, 20 images on it, and all others on those.
tree="$temporary/capacity"
capacity_image() {
    mkdir -p "$tree/$1"
    echo "$1 $$" >"$tree/$1/file"
    printf 'FROM %s\nCOPY file /%s\n' "$3" "$2" >"$tree/$1/Dockerfile"
    printf 'name: keg-bench-%s\n' "$2" >"$tree/$1/image.yml"
}
say "writing $capacity images"
capacity_image base base scratch
for number in {1..20}; do capacity_image "hub/h$number" "h$number" keg-bench-base; done
for ((number = 21; number < capacity; number++)); do
    capacity_image "taps/t$number" "t$number" "keg-bench-h$((number % 20 + 1))"
done
cd "$tree"
printf '.keg/\n' >.gitignore
printf 'default_branch: main\nregistry: 127.0.0.1:%s/keg-bench\n' "$capacity_far" >keg.yml
git init -q -b main
git add -A
git -c user.name=bench -c user.email=bench@localhost commit -q -m tree
say "building and publishing $capacity images"
export DOCKER_HOST="$new_engine"
start=${EPOCHREALTIME/./}
capacity_inside "$KEG" build --push --quiet --branch main >/dev/null
first=$(((${EPOCHREALTIME/./} - start) / 1000))
times='' memory=0
for ((round = 1; round <= rounds; round++)); do
    : >"$temporary/capacity.log"
    before=$(capacity_others)
    start=${EPOCHREALTIME/./}
    capacity_inside /usr/bin/time -f '%M %U %S' -o "$temporary/memory" "$KEG" build --push --quiet --branch "new-$round" >/dev/null
    times+="$(((${EPOCHREALTIME/./} - start) / 1000))"$'\n'
    others=$(capacity_others)
    memory=$(awk -v most="$memory" '{ print ($1 > most) ? $1 : most }' "$temporary/memory")
done
unset DOCKER_HOST
requests=$(grep -c 'HTTP/1.1"' "$temporary/capacity.log" || true)
awk -v capacity="$capacity" -v first="$first" -v again="$(printf %s "$times" | median)" -v memory="$memory" \
    -v requests="$requests" -v before="$before" -v others="$others" -v processor="$(awk '{ print $2 + $3 }' "$temporary/memory")" 'BEGIN {
    printf "\n%-52s %9.1f s\n", capacity " images, 30 ms away: first build and publication", first / 1000
    printf "%-52s %9.1f s, %d requests, %.1f s of processor time, %.0f MB\n", "a new branch of them, unchanged", again / 1000,
        requests, processor, memory * 1024 / 1e6
    split(before " " others, had)
    printf "%-52s %9.1f s for the engine, %.1f s for the registry, %.1f s for the relay\n", "processor time of the others",
        (had[4] - had[1]) / 100, (had[5] - had[2]) / 100, (had[6] - had[3]) / 100 }'
