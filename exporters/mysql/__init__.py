"""MySQL metrics under the names of prometheus/mysqld_exporter, with its options, from PyMySQL."""
