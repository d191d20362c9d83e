# Sourced by run and test: sets `python` to an interpreter of version 3.11 or newer, or ends with one line.
suits() { command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=""
for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
    if suits "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Huitong needs Python 3.11 or newer with venv (Debian, Ubuntu: apt-get install python3 python3-venv)." >&2
    exit 3
fi
