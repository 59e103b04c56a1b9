# shellcheck shell=bash disable=SC2154,SC2164 # sourced by tests/bench.sh, which sets the variables and stops at errors
# 1,000 images with 200,000 files: what is fresh, beside git's own look at them, and the plan of a build.

large="$temporary/large"
say 'writing 1,000 images with 200,000 files'
mkdir -p "$large"
cd "$large"
printf 'default_branch: main\n' >keg.yml
printf '.keg/\n' >.gitignore
mkdir files
for file in {1..198}; do echo "$file" >"files/$file"; done
large_image() {
    local folder=$1 name=$2 parent=$3 kind=$4
    mkdir -p "$folder"
    cp -r files "$folder/files"
    if [ -z "$parent" ]; then
        printf 'FROM scratch\nCOPY files /files\n'
    else
        # shellcheck disable=SC2016 # for the Dockerfile to expand
        printf 'ARG KEG_BASE_IMAGE=%s:main\nFROM ${KEG_BASE_IMAGE}\nCOPY files /%s\n' "$parent" "$name"
    fi >"$folder/Dockerfile"
    printf 'name: %s\n%s' "$name" "${parent:+base: $parent:main
}" >"$folder/$kind.yml"
}
large_image base keg-bench-base '' image
for number in {1..20}; do large_image "hub/$number" "keg-bench-hub$number" keg-bench-base image; done
for number in {1..979}; do
    large_image "taps/$number" "keg-bench-tap$number" "keg-bench-hub$((number % 20 + 1))" tap
done
rm -r files
git init -q -b main
git add -A
git -c user.name=bench -c user.email=bench@localhost commit -q -m tree
# Files that changed a moment ago are hashed again the next time.
sleep 3

export DOCKER_HOST="$own_engine"
hyperfine -N --warmup 2 --runs 10 --style none --export-csv "$temporary/status.csv" "$KEG status --offline" 'git status' \
    "$KEG build --dry-run" >/dev/null
unset DOCKER_HOST
awk -F , 'NR == 2 { keg = $2 } NR == 3 { git = $2 } NR == 4 { plan = $2 }
          END { printf "\n%-44s %7.0f ms %5.2f times git\n%-44s %7.0f ms\n%-44s %7.0f ms\n",
                "keg status, 1,000 images, 200,000 files", keg * 1000, keg / git, "git status", git * 1000,
                "keg build --dry-run", plan * 1000 }' "$temporary/status.csv"
