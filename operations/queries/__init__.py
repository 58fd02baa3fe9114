"""Queries of dashboards, executed as Grafana executes them, against the stores of a running stack."""
