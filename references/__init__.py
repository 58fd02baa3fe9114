"""References that are written from the code: the schema of stack files, every setting, every alert."""
