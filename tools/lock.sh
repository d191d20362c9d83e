#!/usr/bin/env bash
# Writes requirements/run.txt and requirements/test.txt: exact versions with hashes, no address of any index.
# Needs uv. Versions move only as far as uv.lock (git-ignored, it names hosts) lets them: `tools/lock.sh --upgrade`
# resolves anew.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
uv=$(command -v uv || echo .venv/bin/uv)

export UV_NO_PROGRESS=1
"$uv" lock --quiet "$@"

export_to() {
    local file=$1
    shift
    {
        echo "# Written by tools/lock.sh from pyproject.toml and apps/*/pyproject.toml; do not edit."
        "$uv" export --quiet --frozen --all-packages --no-emit-workspace --no-header --no-annotate "$@"
    } >"$file.new"
    mv "$file.new" "$file"
}

export_to requirements/run.txt --no-default-groups --group build
export_to requirements/test.txt --no-default-groups --all-groups
wc -l requirements/*.txt
