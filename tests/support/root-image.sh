#!/usr/bin/env bash
# Makes sure that the engine has the root image debian:bookworm-slim.
#
#   tests/support/root-image.sh      prints `present`, `pulled` or `made`
#
# Where no registry has it within reach, it is made from Debian's packages with mmdebstrap. Those are kept in
# target/, so that it takes a minute only once.
set -euo pipefail

image=debian:bookworm-slim
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
archive="$root/target/debian-bookworm.tar"

mkdir -p "$root/target"
exec 9<"$root/target"
flock 9

if docker image inspect "$image" >/dev/null 2>&1; then
    echo present
    exit
fi
# The engine tries for minutes where packets get lost.
if timeout 30 docker pull -q "$image" >/dev/null 2>&1; then
    echo pulled
    exit
fi
if [ ! -s "$archive" ]; then
    # As Debian's own -slim images: without documentation and translations. `usr-is-merged` stands in for a
    # package that would bring Perl.
    mmdebstrap --quiet --format=tar --variant=minbase --include=usr-is-merged \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        bookworm "$archive.new" >&2
    mv "$archive.new" "$archive"
fi
docker import --change 'CMD ["bash"]' "$archive" "$image" >/dev/null
echo made
