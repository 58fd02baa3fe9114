#!/bin/sh
# Writes for nginx what only a running container knows, then becomes the program that it is told.
#
# start.sh SECRET PROGRAM…: SECRET is the file of the password that people give; every other secret file is a store's.
set -eu
umask 077
user=admin secrets=/run/secrets into=/tmp
own=$1
shift

printf '%s:{PLAIN}%s\n' "$user" "$(cat "$secrets/$own")" >"$into/users"
for file in "$secrets"/*; do
    login=$(printf '%s:%s' "$user" "$(cat "$file")" | base64 | tr -d '\n')
    printf 'proxy_set_header Authorization "Basic %s";\n' "$login" >"$into/${file##*/}.conf"
done

# A cluster's name server wants the whole name of a service; Docker's wants the name alone.
servers=$(sed -n -e 's/^nameserver \(.*:.*\)$/[\1]/p' -e 's/^nameserver \([^:]*\)$/\1/p' /etc/resolv.conf | tr '\n' ' ')
end=$(sed -n 's/^search \([^ ]*\.svc\.[^ ]*\).*/.\1/p' /etc/resolv.conf)
printf 'resolver %s valid=5s;\nmap "" $names_end { default "%s"; }\n' "$servers" "$end" >"$into/names.conf"

exec "$@"
