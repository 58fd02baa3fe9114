"""Prometheus metrics of one MongoDB server, whose password comes from a file."""
