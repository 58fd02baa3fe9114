"""`make secrets`: what a stack needs to know, what of it is set, and setting it without showing it to anybody."""
