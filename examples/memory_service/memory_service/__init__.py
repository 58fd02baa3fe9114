"""A small memory API on PostgreSQL and Redis: the workload that the development stack watches."""

__version__ = "1.0.0"
