# shellcheck shell=bash disable=SC2154,SC2164 # sourced by tests/bench.sh, which sets the variables and stops at errors
# The pages of 200 images with 5 described builds each, of which each lists 400 packages.

documented="$temporary/documented"
say 'describing 1,000 builds of 200 images'
mkdir -p "$documented"
cd "$documented"
python3 - <<'END'
import json
from pathlib import Path

for number in range(200):
    name, folder = f"keg-bench-{number}", Path("images", f"keg-bench-{number}")
    folder.mkdir(parents=True)
    parent = f"keg-bench-{(number - 1) // 6}" if number else "scratch"
    (folder / "Dockerfile").write_text(f"FROM {parent}\n")
    builds = []
    for build in reversed(range(5)):
        packages = [f"package-{at} 1.{at * build % 7}.{at}\n" for at in range(build, 400)]
        layers = [{"diff": f"sha256:{at:064x}", "digest": f"sha256:{at:064x}", "compressed": 1000} for at in range(8)]
        builds.append({
            "key": f"{number * 10 + build:064x}", "reference": f"{name}:keg-{number * 10 + build:012x}",
            "id": f"sha256:{number:064x}", "digest": f"sha256:{number * 10 + build:064x}", "branch": "main",
            "revision": f"{build:040x}", "dirty": False, "created": f"2026-11-2{build}T12:00:00Z",
            "platform": "linux/amd64", "build_args": {"VERSION": str(build)}, "layers": layers,
            "parents": [{"name": parent, "in_workspace": number > 0, "is_base": True}],
            "size": {"unpacked": 100000000 + build, "compressed": 40000000},
            "info": [{"name": "PACKAGES", "command": "pip list", "output": "".join(packages)}],
            "tests": {"count": 3, "passed": True},
        })
    record = {"version": 1, "image": name, "kind": "tap", "tag": "main", "builds": builds}
    file = Path(".keg/manifests", name, "main.json")
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(record))
Path("keg.yml").write_text("layout: [images/*]\ndefault_branch: main\n")
END
git init -q -b main
export DOCKER_HOST="$own_engine"
hyperfine -N --warmup 1 --runs 5 --style none --export-csv "$temporary/docs.csv" "$KEG docs" >/dev/null
unset DOCKER_HOST
grep -q 'packages: ' .keg/docs/images/keg-bench-199.html || { say 'the pages do not show the described builds'; exit 1; }
awk -F , 'NR == 2 { printf "\n%-44s %7.0f ms\n", "keg docs, 200 images, 5 builds each", $2 * 1000 }' "$temporary/docs.csv"
