"""Prometheus metrics of what speaks PostgreSQL's protocol, by questions that a file asks. Passwords come from files."""
