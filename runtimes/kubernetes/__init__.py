"""The Kubernetes runtime: one namespace of a cluster."""
