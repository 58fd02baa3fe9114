"""What runs, as pure data, and the seam to whatever runs it."""
