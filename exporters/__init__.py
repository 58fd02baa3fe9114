"""Exporters of our own, for what no package registry has or nobody publishes as we need it.

Each is a package that runs as `python3 -m exporter` in its image, so its modules import each other relatively.
"""
