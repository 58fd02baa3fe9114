"""The Docker runtime: one machine."""
