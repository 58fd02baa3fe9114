"""The composition root: a stack file's content → `Program`, and the program on an engine or on none."""
