#!/usr/bin/env bash
# Checks files against the JSON Schema of GitHub's workflows.
#
#   tests/support/workflow-schema.sh FILE…
#
# The schema comes with the Python program check-jsonschema, which is put into target/ the first time. Works when it
# runs several times or at once. Exit code 1: a file is wrong, or the program is out of reach; the reason is said.
set -euo pipefail

version=0.39.0
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder="$root/target/check-jsonschema-$version"

mkdir -p "$root/target"
exec 9<"$root/target"
flock 9
if [ ! -e "$folder/complete" ]; then
    rm -rf "$folder"
    /usr/bin/python3 -m venv "$folder" >&2 9<&-
    "$folder/bin/pip" install --quiet --disable-pip-version-check "check-jsonschema==$version" >&2 9<&-
    touch "$folder/complete"
fi
flock -u 9
exec "$folder/bin/check-jsonschema" --builtin-schema vendor.github-workflows "$@"
