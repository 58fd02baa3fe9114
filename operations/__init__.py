"""What operators run: up, down, destroy, verify."""
