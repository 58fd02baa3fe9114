"""Dashboards as pages: drawn by the viewer, from a running stack or from recorded answers; no Grafana is needed."""
