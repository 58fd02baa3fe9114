"""Stack files that nobody thought of, made from the settings' own JSON Schema: half as they should be, half damaged."""
