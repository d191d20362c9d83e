# One door for all recipes; each calls the same scripts as continuous integration. `just` lists them.
python := ".venv/bin/python"

_list:
    @just --list

# Mend what a machine can mend: imports, formatting
fix:
    .venv/bin/ruff check --fix --quiet .
    .venv/bin/ruff format --quiet .

# Static checks: style, types, layers, spelling, dead code, documentation
static:
    ./test static

# All checks and tests, or one tier: just test core
test *tiers:
    ./test {{ tiers }}

# One benchmark: just bench kernel
bench name *options:
    .venv/bin/huitong bench {{ name }} {{ options }}

# One campaign of quality: just qa crash --cycles 100
qa name *options:
    .venv/bin/huitong qa {{ name }} {{ options }}

# Build the documentation into docs/_build/html
docs:
    .venv/bin/sphinx-build --quiet --fail-on-warning --keep-going docs docs/_build/html

# Write the vectors of the specification anew
vectors:
    {{ python }} tools/vectors.py

# Write requirements/*.txt anew from the project files (needs uv)
lock *options:
    tools/lock.sh {{ options }}

# A development chain with its demonstrations
devnet *options:
    ./run {{ options }}
