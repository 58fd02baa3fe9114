"""`python -m settings`: write the JSON Schema of stack files."""

from settings.schema import SCHEMA_FILE, schema_text

if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    print(f"settings/{SCHEMA_FILE.name} written")
