# shellcheck shell=bash disable=SC2154,SC2164 # sourced by tests/bench.sh, which sets the variables and stops at errors
# How fast the program starts, and what memory a large context takes.

hyperfine -N --warmup 10 --style none --export-csv "$temporary/start.csv" "$KEG --version" 'docker --version' >/dev/null
awk -F , 'NR == 2 { keg = $2 } NR == 3 { docker = $2 }
          END { printf "\n%-44s %7.1f ms\n%-44s %7.1f ms %5.2f times keg\n", "keg --version", keg * 1000,
                "docker --version", docker * 1000, docker / keg }' "$temporary/start.csv"

say 'streaming a context of 1 GB'
mkdir -p "$temporary/large/base"
cd "$temporary/large"
head -c 1000000000 /dev/urandom >base/large
echo small >base/small
printf 'FROM scratch\nCOPY small /small\n' >base/Dockerfile
printf 'name: keg-bench-large\n' >base/image.yml
printf 'default_branch: main\n' >keg.yml
git init -q -b main
start=${EPOCHREALTIME/./}
DOCKER_HOST="$new_engine" /usr/bin/time -f %M -o "$temporary/memory" "$KEG" build --quiet --branch main >/dev/null
printf '\n%-44s %7.1f MB in %.1f s\n' 'memory of keg at most, context of 1 GB' \
    "$(awk '{ print $1 * 1024 / 1e6 }' "$temporary/memory")" \
    "$(awk -v end="${EPOCHREALTIME/./}" -v start="$start" 'BEGIN { print (end - start) / 1e6 }')"
