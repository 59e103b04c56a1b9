# shellcheck shell=bash disable=SC2154,SC2164 # sourced by tests/bench.sh, which sets the variables and stops at errors
# What CI asks keg for before anything is built, with 19, 300 and 1,000 images in a repository of 2,000 commits.

ci_port=15900
mkdir -p "$temporary/ci-registry"
cat >"$temporary/ci-registry.yml" <<YAML
version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: $temporary/ci-registry } }
http: { addr: "127.0.0.1:$ci_port" }
YAML
docker-registry serve "$temporary/ci-registry.yml" >"$temporary/ci-registry.log" 2>&1 &
processes+=($!)

# A base, an image on it for every 20 others, and the others: modules with a lock file, and code that is in no image.
ci_module() {
    local folder=$1 parent=$2 number
    mkdir -p "$folder"
    printf 'FROM %s\nCOPY renv.lock /\n' "$parent" >"$folder/Dockerfile"
    echo "$folder" >"$folder/renv.lock"
    printf '*\n!renv.lock\n' >"$folder/.dockerignore"
    for number in {1..8}; do echo "$number" >"$folder/$number.R"; done
}
ci_workspace() {
    local count=$1 tree=$2 number hubs
    hubs=$((count / 20 + 1))
    mkdir -p "$tree"
    cd "$tree"
    printf 'registry: 127.0.0.1:%s/keg-bench-ci\ndefault_branch: main\nlayout: [analyses/*]\n' "$ci_port" >keg.yml
    printf '.keg/\n' >.gitignore
    ci_module analyses/base scratch
    for ((number = 1; number <= hubs; number++)); do ci_module "analyses/hub-$number" base; done
    for ((number = hubs + 2; number <= count; number++)); do
        ci_module "analyses/Module-$number" "hub-$((number % hubs + 1))"
    done
    git init -q -b main
    git add -A
    git -c user.name=bench -c user.email=bench@localhost commit -q -m tree
    # History as git writes it fastest: each commit changes a line of code.
    for number in {1..2000}; do
        printf 'commit refs/heads/main\ncommitter bench <bench@localhost> %s +0000\ndata 1\nc\n' $((1700000000 + number))
        [ "$number" -gt 1 ] || printf 'from refs/heads/main^0\n'
        printf 'M 644 inline analyses/base/1.R\ndata %s\n%s\n' "${#number}" "$number"
    done | git fast-import --quiet --force
    git reset -q --hard
    git init -q --bare "$tree.git"
    git remote add origin "$tree.git"
    git push -q origin main
    git switch -q -c feat
    for number in $((hubs + 2)) $((hubs + 3)); do echo changed >"analyses/Module-$number/renv.lock"; done
    git -c user.name=bench -c user.email=bench@localhost commit -q -a -m feat
    git switch -q main
}

# CI_IMAGES="19 300" measures fewer, CI_RUNS=1 less often.
ci_counts=${CI_IMAGES:-19 300 1000}
declare -A ci_times
# shellcheck disable=SC2086 # one word for each count
for count in $ci_counts; do
    say "writing $count images with 2,000 commits"
    ci_workspace "$count" "$temporary/ci-$count"
    # Files that changed a moment ago are hashed again the next time.
    sleep 3
    event="$temporary/ci-$count.json"
    base=$(git rev-parse main)
    head=$(git rev-parse feat)
    printf '{"before":"%s","after":"%s"}' "$(git rev-parse main~5)" "$base" >"$event.push"
    printf '{"pull_request":{"number":1,"head":{"ref":"feat","sha":"%s","repo":{"full_name":"a/b"}},"base":{"ref":"main","sha":"%s","repo":{"full_name":"a/b"}}}}' \
        "$head" "$base" >"$event.pull_request"
    export DOCKER_HOST="$own_engine"
    measure() { # name, preparation and command of the others
        hyperfine -N --warmup 1 --runs "${CI_RUNS:-5}" --style none --export-csv "$temporary/ci.csv" "${@:2}" >/dev/null
        ci_times[$1 $count]=$(awk -F , 'NR == 2 { printf "%.0f", $2 * 1000 }' "$temporary/ci.csv")
        say "keg $1, $count images: ${ci_times[$1 $count]} ms"
    }
    of_push="env GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/main GITHUB_REF_NAME=main GITHUB_EVENT_PATH=$event.push $KEG"
    of_request="env GITHUB_EVENT_NAME=pull_request GITHUB_HEAD_REF=feat GITHUB_REF=refs/pull/1/merge GITHUB_EVENT_PATH=$event.pull_request $KEG"
    measure 'ci plan, push' "$of_push ci plan"
    measure 'ci plan --format github, push' "$of_push ci plan --format github"
    measure 'ci init --style per-image --dry-run' "$KEG ci init --style per-image --install keg --dry-run"
    measure 'ci init --style per-image' --prepare 'rm -rf .github' "$KEG ci init --style per-image --install keg"
    "$KEG" ci activate --all >/dev/null
    measure 'ci check' "$KEG ci check"
    rm -rf .github
    git switch -q feat
    measure 'ci plan, pull_request' "$of_request ci plan"
    # On a machine that has never seen the files, as those of CI systems.
    measure 'ci plan, pull_request, no hash cache' --prepare 'rm -rf .keg' "$of_request ci plan"
    git switch -q main
    measure 'ci plan, push, no hash cache' --prepare 'rm -rf .keg' "$of_push ci plan"
    unset DOCKER_HOST
done
# shellcheck disable=SC2086 # one word for each count
{
    printf '\n%-44s' 'images'
    printf '%10s' $ci_counts
    printf '\n'
}
for what in 'ci plan, push' 'ci plan, push, no hash cache' 'ci plan --format github, push' 'ci plan, pull_request' \
    'ci plan, pull_request, no hash cache' 'ci check' 'ci init --style per-image' 'ci init --style per-image --dry-run'; do
    printf '%-44s' "keg $what"
    for count in $ci_counts; do printf '%7d ms' "${ci_times[$what $count]}"; done
    printf '\n'
done
