"""A month of a stack: what its services were like, what happened, and who was told."""
