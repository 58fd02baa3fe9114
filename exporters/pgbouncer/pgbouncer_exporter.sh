#!/bin/sh
# Where upstream's image has its program, which catalog/libpq.start.sh starts.
exec python3 -m exporter "$@"
