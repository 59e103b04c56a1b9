#!/usr/bin/env bash
# Checks that generated files are what this version of keg generates; with --write, writes them.
#
#   tests/support/generated.sh [--write]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cargo build --quiet --locked
new=$(mktemp)
trap 'rm -f "$new"' EXIT
status=0
while read -r file arguments; do
    # shellcheck disable=SC2086 # several arguments
    "${CARGO_TARGET_DIR:-target}/debug/keg" $arguments >"$new"
    if [ "${1:-}" = --write ]; then
        mkdir -p "$(dirname "$file")"
        cat "$new" >"$file"
    elif ! cmp -s "$new" "$file"; then
        echo "$file is not what \`keg $arguments\` prints: run \`make generate\`" >&2
        status=1
    fi
done <<'FILES'
completions/keg.bash completions bash
completions/_keg completions zsh
completions/keg.fish completions fish
FILES
exit "$status"
