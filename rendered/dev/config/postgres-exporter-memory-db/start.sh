# Starts an exporter of PostgreSQL's protocol, given as arguments, with what a mounted secret cannot give it as it is.
set -eu

# Any text goes this way. In its address the exporter takes a blank for the end.
if [ -f /run/secrets/password ]; then
    PGPASSWORD=$(cat /run/secrets/password)
    export PGPASSWORD
fi

# Its driver refuses a key that others could read.
if [ -f /run/secrets/key.pem ]; then
    umask 077
    cat /run/secrets/key.pem > /tmp/key.pem
fi

exec "$@"
