# shellcheck shell=bash disable=SC2154,SC2164 # sourced by tests/bench.sh, which sets the variables and stops at errors
# Publishing a new branch of 30 unchanged images, with a registry on this machine and with one that is 30 ms away.

registry_port=15000 far_port=15030
mkdir -p "$temporary/registry"
cat >"$temporary/registry.yml" <<YAML
version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: $temporary/registry } }
http: { addr: "127.0.0.1:$registry_port" }
YAML
# In the background nsenter is called as such: a function would be a shell between, which alone would be ended.
inside() { nsenter --net="/var/run/netns/$namespace" "$@"; }
nsenter --net="/var/run/netns/$namespace" docker-registry serve "$temporary/registry.yml" >"$temporary/registry.log" 2>&1 &
processes+=($!)
# Not every kernel can delay packets, so a relay does.
nsenter --net="/var/run/netns/$namespace" "$root/tests/support/delay.py" "$far_port" "$registry_port" 30 >"$temporary/relay.log" 2>&1 &
processes+=($!)
for _ in $(seq 100); do
    inside curl -s "http://127.0.0.1:$far_port/v2/" >/dev/null && break
    sleep 0.1
done

branch=0
publish_with_keg() { DOCKER_HOST="$new_engine" inside "$KEG" build --push --quiet --branch "branch-$branch"; }
publish_with_docker() {
    local name
    while read -r name _; do
        new_docker tag "$registry/$name:main" "$registry/$name:branch-$branch"
        new_docker push -q "$registry/$name:branch-$branch" </dev/null
    done <order
}
publish_with_bake() {
    sed -E "s#\"(keg-bench-[a-z0-9]+):main\"\]#\"$registry/\\1:branch-$branch\"]#g" docker-bake.json >bake-branch.json
    new_docker buildx bake -f bake-branch.json --push
}

declare -A published
for distance in near far; do
    make_tree "$temporary/tree"
    cd "$temporary/tree"
    port=$registry_port
    [ "$distance" = near ] || port=$far_port
    registry=127.0.0.1:$port/keg-bench-$distance
    echo "registry: $registry" >>keg.yml
    git commit -qam registry
    say "publishing main, $distance"
    DOCKER_HOST="$new_engine" inside "$KEG" build --push --quiet --branch main >/dev/null
    # bake starts with everything in its cache too.
    publish_with_bake >"$temporary/output" 2>&1 || { cat "$temporary/output" >&2; exit 1; }
    for what in publish_with_keg publish_with_docker publish_with_bake; do
        times=''
        for ((round = 0; round < rounds; round++)); do
            branch=$((branch + 1))
            times+="$(milliseconds "$what")"$'\n'
        done
        published[$distance $what]=$(printf %s "$times" | median)
    done
done
printf '\n%-44s %9s %6s   %9s %6s\n' 'a new branch of 30 unchanged images' 'near' '/ keg' '30 ms' '/ keg'
for what in publish_with_keg publish_with_docker publish_with_bake; do
    case $what in
        *keg) label='keg build --push' ;;
        *docker) label='docker tag and push, one after the other' ;;
        *bake) label='docker buildx bake --push' ;;
    esac
    awk -v label="$label" -v near="${published[near $what]}" -v far="${published[far $what]}" \
        -v keg_near="${published[near publish_with_keg]}" -v keg_far="${published[far publish_with_keg]}" \
        'BEGIN { printf "%-44s %7.2f s %6.1f   %7.2f s %6.1f\n", label, near / 1000, near / keg_near,
                 far / 1000, far / keg_far }'
done
