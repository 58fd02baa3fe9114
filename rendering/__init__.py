"""The program's effect as text, without an engine."""
