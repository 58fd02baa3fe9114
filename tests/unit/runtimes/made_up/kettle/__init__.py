"""A runtime that does not exist: workloads are pots on a stove. It shows what one folder is enough for."""
