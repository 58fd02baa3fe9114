"""PgBouncer metrics under the names of prometheus-community/pgbouncer_exporter, with its options, from psycopg."""
