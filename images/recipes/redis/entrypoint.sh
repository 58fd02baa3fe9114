#!/bin/sh
# Starts Redis the way the upstream image does, for an image that was built without it: options alone, or a
# configuration file alone, are the server's; anything else is run as it is.
set -eu
case "${1:-}" in
    -* | *.conf) set -- redis-server "$@" ;;
esac
# What the server writes is for its own user.
umask 0077
# Without a password the server refuses clients from other hosts unless it is told not to. Upstream's image tells it,
# because a container's network is its own; later options win, so a configuration can say otherwise.
if [ "${1:-}" = redis-server ]; then
    shift
    case "${1:-}" in
        '' | -*) set -- redis-server --protected-mode no "$@" ;;
        *)
            configuration=$1
            shift
            set -- redis-server "$configuration" "$@"
            ;;
    esac
fi
exec "$@"
