#!/usr/bin/env bash
# Builds native/ and installs it into .venv where cargo and the registries answer; elsewhere Python does its work.
# Usage: tools/native.sh [run|test]. Prints one line, or nothing while the right build is installed. A build that fails
# shows the compiler's message; under `test` the exit code is 1 then, so that CI cannot pass without what it should have.
# Wheels are kept by the hash of their source outside of the checkout. HUITONG_NATIVE=off: do without it.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
mode=${1:-run}
python=.venv/bin/python
stamp=.venv/huitong-native.stamp
oldest=1.95
cache=${XDG_CACHE_HOME:-$HOME/.cache}/huitong
pip=("$python" -m pip --disable-pip-version-check --no-input --quiet)

remove() {
    rm -f "$stamp"
    if compgen -G ".venv/lib/python*/site-packages/huitong_native*" >/dev/null; then
        "${pip[@]}" uninstall --yes huitong-native >/dev/null 2>&1 || true
    fi
}

pure() {
    remove
    echo "Native: none, Python does its work ($1)"
    exit 0
}

failed() {
    remove
    tail -n 40 "$log" >&2
    echo "Native: the build failed, see above; Python does its work" >&2
    if [ "$mode" = run ]; then exit 0; else exit 1; fi
}

[ "${HUITONG_NATIVE:-on}" != off ] || pure "HUITONG_NATIVE=off"
command -v cargo >/dev/null || pure "no cargo"
version=$(cargo --version | cut -d' ' -f2)
[ "$(printf '%s\n' "$oldest" "$version" | sort -V | head -n1)" = "$oldest" ] || pure "cargo $version is older than $oldest"

hash=$("$python" - "$version" <<'HASH'
import hashlib, pathlib, platform, sys
digest = hashlib.sha256(" ".join([*sys.argv[1:], platform.system(), platform.machine()]).encode())
aside = {"target", "fuzz", "tests", "peers"}
for path in sorted(pathlib.Path("native").rglob("*")):
    if path.is_file() and not aside.intersection(path.parts):
        digest.update(f"{path.as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
print(digest.hexdigest()[:32])
HASH
)
[ "$(cat "$stamp" 2>/dev/null)" != "$hash" ] || exit 0

wheels=$cache/wheels/$hash
log=$cache/native.log
mkdir -p "$cache"
origin="from the cache"
if ! compgen -G "$wheels/*.whl" >/dev/null; then
    : >"$log"
    timeout 120 cargo fetch --locked --manifest-path native/Cargo.toml >>"$log" 2>&1 ||
        { grep -q "lock file" "$log" && failed || pure "no registry of crates answers"; }
    timeout 120 "${pip[@]}" install --require-hashes --only-binary=:all: --no-deps -r native/build-requirements.txt \
        >>"$log" 2>&1 || pure "no package index answers"
    echo "Native: building with cargo $version, once: about two minutes"
    building=$(mktemp -d "$cache/building.XXXXXX")
    trap 'rm -rf "$building"' EXIT
    CARGO_TARGET_DIR=$cache/target .venv/bin/maturin build --release --locked --manifest-path native/Cargo.toml \
        --interpreter "$python" --out "$building" >>"$log" 2>&1 || failed
    rm -rf "$wheels"
    mkdir -p "$cache/wheels"
    mv "$building" "$wheels"
    origin="built"
fi
"${pip[@]}" install --no-deps --no-index --force-reinstall "$wheels"/*.whl >>"$log" 2>&1 || failed
"$python" -c "import huitong_native" >>"$log" 2>&1 || failed
echo "$hash" >"$stamp"
echo "Native: huitong-native, $origin"
