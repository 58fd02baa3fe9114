#!/bin/sh
# Makes .venv from uv.lock; installs uv first where it is missing. Run by the Makefile; safe to run again.
set -eu

# The same folder as cache_root() in images/cache.py.
case "$(uname -s)" in
Darwin) caches="$HOME/Library/Caches" ;;
*) caches="$HOME/.cache" ;;
esac
case "${XDG_CACHE_HOME:-}" in
/*) caches="$XDG_CACHE_HOME" ;;
esac
cache="${MONITORING_CACHE:-$caches/monitoring-stack}"
say() { echo "==> $*" >&2; }

find_uv() {
    if command -v uv >/dev/null 2>&1; then
        command -v uv
    elif [ -x "$cache/uv/bin/uv" ]; then
        echo "$cache/uv/bin/uv"
    fi
}

install_uv() {
    if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            say "Python's venv module is missing: installing python3-venv"
            apt-get update -q >&2
            DEBIAN_FRONTEND=noninteractive apt-get install -y -q python3-venv >&2
        else
            echo "uv is missing and cannot be installed without Python 3 and its venv module: install uv, then run the command again." >&2
            exit 1
        fi
    fi
    say "uv is missing: installing it into a folder of its own"
    python3 -m venv "$cache/uv"
    "$cache/uv/bin/python" -m pip install --quiet --disable-pip-version-check uv >&2
}

uv="$(find_uv)"
if [ -z "$uv" ]; then
    install_uv
    uv="$(find_uv)"
fi
say "Installing the locked Python packages into .venv"
"$uv" sync --frozen --quiet
touch .venv/.ready
