"""The exporter of danihodovic/celery-exporter, started as its image starts it."""
