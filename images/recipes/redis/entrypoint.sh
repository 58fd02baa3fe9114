#!/bin/sh
# Starts Redis the way the upstream image does, for an image that was built without it: options alone, or a
# configuration file alone, are the server's; anything else is run as it is.
set -eu
# What the server writes is for its own user.
umask 0077

# Without a password the server refuses clients from other hosts unless it is told not to. Upstream's image is built
# so that it does not refuse, because a container's network is its own. The first option here, so that one that the
# caller gives comes later and wins.
serve() {
    case "${1:-}" in
        -v | --version | -h | --help | --check-system | --test-memory) ;;
        '' | -*) set -- --protected-mode no "$@" ;;
        *)
            if ! grep -qi '^[[:space:]]*protected-mode' "$1"; then
                configuration=$1
                shift
                set -- "$configuration" --protected-mode no "$@"
            fi
            ;;
    esac
    exec redis-server "$@"
}

case "${1:-}" in
    -* | *.conf) serve "$@" ;;
    redis-server)
        shift
        serve "$@"
        ;;
esac
exec "$@"
