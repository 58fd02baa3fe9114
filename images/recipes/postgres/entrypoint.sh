#!/bin/sh
# Starts PostgreSQL the way the upstream image does, for an image that was built without it.
#
#   POSTGRES_PASSWORD, POSTGRES_PASSWORD_FILE   the superuser's password; needed when the data directory is empty,
#                                               unless POSTGRES_HOST_AUTH_METHOD is trust
#   POSTGRES_USER, POSTGRES_DB                  superuser (default: postgres) and first database (default: the user's
#                                               name); both may be given as *_FILE
#   POSTGRES_INITDB_ARGS                        more words for initdb
#   POSTGRES_HOST_AUTH_METHOD                   how clients from outside are asked (default: scram-sha-256)
#   PGDATA                                      the data directory
#   /docker-entrypoint-initdb.d                 *.sh, *.sql and *.sql.gz, run once, in order of their names
set -eu

fail() {
    echo "docker-entrypoint.sh: $*" >&2
    exit 1
}

# from_file NAME [DEFAULT]: export NAME from itself, or from the file that NAME_FILE names.
from_file() {
    eval "given=\${$1:-} file=\${$1_FILE:-}"
    [ -z "$given" ] || [ -z "$file" ] || fail "set $1 or $1_FILE, not both"
    if [ -n "$file" ]; then
        [ -r "$file" ] || fail "$1_FILE names $file, which cannot be read by user $(id -u)"
        given=$(cat "$file")
    fi
    : "${given:=${2:-}}"
    export "$1=$given"
    unset "$1_FILE"
}

# Words as one string that a shell splits back into the same words.
quoted() {
    for word in "$@"; do
        printf "'%s' " "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")"
    done
}

asks_for_help() {
    for word in "$@"; do
        case "$word" in
            -'?' | --help | -V | --version | --describe-config) return 0 ;;
        esac
    done
    return 1
}

make_database() {
    from_file POSTGRES_PASSWORD
    from_file POSTGRES_USER postgres
    from_file POSTGRES_DB "$POSTGRES_USER"
    : "${POSTGRES_HOST_AUTH_METHOD:=scram-sha-256}"
    if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
        fail "the data directory is empty and no password is given: set POSTGRES_PASSWORD_FILE"
    fi

    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA" 2>/dev/null || true
    [ -w "$PGDATA" ] || fail "user $(id -u) cannot write to $PGDATA: the volume must belong to it"

    # Whatever stops this half way must not leave a directory that the next start takes for a finished database.
    finished=
    trap '[ -n "$finished" ] || find "$PGDATA" -mindepth 1 -maxdepth 1 -exec rm -rf {} +' EXIT

    # Split into words on purpose, like upstream.
    # shellcheck disable=SC2086
    if [ -n "$POSTGRES_PASSWORD" ]; then
        printf '%s\n' "$POSTGRES_PASSWORD" |
            eval "initdb --username=$(quoted "$POSTGRES_USER") --pwfile=/dev/stdin ${POSTGRES_INITDB_ARGS:-}"
    else
        eval "initdb --username=$(quoted "$POSTGRES_USER") ${POSTGRES_INITDB_ARGS:-}"
    fi
    printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >> "$PGDATA/pg_hba.conf"
    printf "\nlisten_addresses = '*'\n" >> "$PGDATA/postgresql.conf"

    # Reachable through the socket only until the scripts are done. The command's own options count here too:
    # a script may want an extension that they load.
    shift
    export PGPASSWORD="$POSTGRES_PASSWORD"
    pg_ctl --pgdata="$PGDATA" --wait --options="$(quoted "$@" -c 'listen_addresses=' -p 5432)" start
    if [ "$POSTGRES_DB" != postgres ]; then
        echo 'CREATE DATABASE :"name";' | run_sql --dbname=postgres --set=name="$POSTGRES_DB"
    fi
    for script in /docker-entrypoint-initdb.d/*; do
        case "$script" in
            *.sh)
                echo "docker-entrypoint.sh: running $script"
                # Not executable means sourced, as upstream does it.
                # shellcheck disable=SC1090
                if [ -x "$script" ]; then "$script"; else . "$script"; fi
                ;;
            *.sql)
                echo "docker-entrypoint.sh: running $script"
                run_sql --dbname="$POSTGRES_DB" --file="$script"
                ;;
            *.sql.gz)
                echo "docker-entrypoint.sh: running $script"
                gunzip -c "$script" | run_sql --dbname="$POSTGRES_DB"
                ;;
            */\*) ;; # the folder is empty
            *) echo "docker-entrypoint.sh: ignoring $script" ;;
        esac
    done
    pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
    unset PGPASSWORD
    finished=yes
    trap - EXIT
    echo "docker-entrypoint.sh: the database is ready to start"
}

run_sql() {
    psql --set=ON_ERROR_STOP=1 --no-password --no-psqlrc --username="$POSTGRES_USER" "$@"
}

case "${1:-}" in
    -*) set -- postgres "$@" ;;
esac
if [ "${1:-}" = postgres ] && ! asks_for_help "$@"; then
    [ "$(id -u)" != 0 ] || fail "PostgreSQL does not run as root: start the container as 999:999"
    [ -s "$PGDATA/PG_VERSION" ] || make_database "$@"
    # The server needs none of these, and they would be readable in its environment.
    unset POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE
fi
exec "$@"
