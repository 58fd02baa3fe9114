#!/bin/sh
# Makes the role that the PostgreSQL exporter logs in as. The postgres image runs this once, when it creates the
# data directory; running it again changes nothing but the password, which is how it is rotated.
#
#   POSTGRES_USER          superuser to connect as (default: postgres)
#   POSTGRES_DB            database that gets the statistics extension besides `postgres` (default: POSTGRES_USER)
#   MONITOR_PASSWORD_FILE  where the password is (default: /run/secrets/monitor-password)
#
# In a subshell, because the image sources the file instead of running it when it is not executable: neither the
# options nor an exit may reach the image's own script.
(
    set -eu
    MONITOR_PASSWORD_FILE="${MONITOR_PASSWORD_FILE:-/run/secrets/monitor-password}"
    POSTGRES_USER="${POSTGRES_USER:-postgres}"
    POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"
    export MONITOR_PASSWORD_FILE

    if [ ! -s "$MONITOR_PASSWORD_FILE" ] || [ ! -r "$MONITOR_PASSWORD_FILE" ]; then
        echo "10-monitor-role.sh: $MONITOR_PASSWORD_FILE is missing, empty or not readable" >&2
        exit 1
    fi

    as_superuser() {
        psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$1"
    }

    # The password goes from the file into psql by backticks: no argument list and no environment ever holds it.
    # The settings before it keep the statement out of the server's log, whatever the log settings are and even
    # when it fails, and out of pg_stat_statements, which the new role itself may read.
    as_superuser "$POSTGRES_DB" <<'SQL'
SET client_min_messages = 'warning';
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET pg_stat_statements.track = 'none';
\set password `cat "$MONITOR_PASSWORD_FILE"`
SELECT 'CREATE ROLE monitor' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'monitor') \gexec
ALTER ROLE monitor WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT PASSWORD :'password';
GRANT pg_monitor TO monitor;
SQL

    # In both databases that an exporter is usually pointed at; the statistics are those of the whole server.
    for database in "$POSTGRES_DB" postgres; do
        as_superuser "$database" <<'SQL'
SET client_min_messages = 'warning';
SELECT 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements'
WHERE EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') \gexec
SQL
    done
)
