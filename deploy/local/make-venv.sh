#!/bin/sh
# Makes .venv from the lock files: `make-venv.sh LOCK...`. It may be repeated: a .venv that was
# moved or lost its Python is replaced.
set -eu

here=$(dirname "$0")
oldest="(3, 11)"

new_enough() {
    command -v "$1" >/dev/null && "$1" -c "import sys; sys.exit(sys.version_info < $oldest)" 2>/dev/null
}

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$name"; then
            echo "$name"
            return
        fi
    done
    echo "Python 3.11 or newer is missing. Put it right with: sudo apt-get install python3 (Debian 12, Ubuntu 24.04 and later)" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "This needs root, and there is no sudo here. As root: apt-get install $package" >&2
        exit 1
    fi
}

python=$(find_python)
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$("$python" -c 'import sys; print(f"python3.{sys.version_info.minor}-venv")')
    as_root "$here/install-packages.sh" "$package"
fi
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    "$python" -m venv --clear .venv
fi

with_pip() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
}

# uv checks the same hashes, fetches and unpacks in parallel, and keeps what it fetched. Where it
# does not run or finds no index (pip may be set up in ways that it does not read), pip does it.
with_uv() {
    .venv/bin/uv pip install --quiet --python .venv/bin/python "$@" 2>.venv/uv.log || with_pip "$@"
}

with_pip --require-hashes --requirement requirements/uv.txt
for lock in "$@"; do
    echo "Installing $lock"
    with_uv --require-hashes --requirement "$lock"
done
with_uv --no-build-isolation --no-deps --editable .
