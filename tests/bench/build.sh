# shellcheck shell=bash disable=SC2154,SC2164 # sourced by tests/bench.sh, which sets the variables and stops at errors
# A build of all images, and one with nothing to do.

keg_new() { DOCKER_HOST="$new_engine" "$KEG" build --quiet; }
keg_builder() { DOCKER_HOST="$new_engine" "$KEG" build --quiet --builder default; }
keg_own() { DOCKER_HOST="$own_engine" "$KEG" build --quiet; }
bake_new() { new_docker buildx bake -f docker-bake.json --load; }
loop_new() {
    while read -r name folder _; do new_docker build -q -t "$name:main" "$folder" </dev/null; done <order
}
loop_own() {
    local name folder
    while read -r name folder _; do
        DOCKER_BUILDKIT=1 docker -H "$own_engine" build -q -t "$name:main" "$folder" </dev/null
    done <order
}

declare -A cold again
measure() {
    local what=$1 colds='' agains=''
    for ((round = 0; round < rounds; round++)); do
        say "$what, round $((round + 1)) of $rounds"
        make_tree "$temporary/tree"
        cd "$temporary/tree"
        colds+="$(milliseconds "$what")"$'\n'
        agains+="$(milliseconds "$what")"$'\n'
    done
    cold[$what]=$(printf %s "$colds" | median)
    again[$what]=$(printf %s "$agains" | median)
}
for what in keg_new keg_builder bake_new loop_new keg_own loop_own; do measure "$what"; done

row() {
    awk -v label="$1" -v cold="${cold[$2]}" -v again="${again[$2]}" -v keg_cold="${cold[$3]}" -v keg_again="${again[$3]}" \
        'BEGIN { printf "%-44s %7.2f s %6.2f   %7.2f s %6.2f\n", label, cold / 1000, cold / keg_cold,
                 again / 1000, again / keg_again }'
}
version() { docker -H "$1" version --format '{{.Server.Version}}' | sed 's/+.*//'; }
printf '\n%-44s %9s %6s   %9s %6s\n' '30 images, 600 files' 'cold' '/ keg' 'no change' '/ keg'
row "keg build, engine $(version "$new_engine")" keg_new keg_new
row 'keg build --builder' keg_builder keg_new
row 'docker buildx bake' bake_new keg_new
row 'docker build, one after the other' loop_new keg_new
row "keg build, engine $(version "$own_engine")" keg_own keg_own
row 'docker build, one after the other' loop_own keg_own
