"""Where workloads run: the seam, and its two sides, Docker and Kubernetes."""
