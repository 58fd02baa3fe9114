"""`python -m settings`: write the JSON Schema of stack files and the settings reference."""

from __future__ import annotations

from settings.reference import REFERENCE_FILE, reference_text
from settings.schema import SCHEMA_FILE, schema_text


def main() -> None:
    """Write both files."""
    for file, text in ((SCHEMA_FILE, schema_text()), (REFERENCE_FILE, reference_text())):
        file.write_text(text, encoding="utf-8")
        print(f"{file.parent.name}/{file.name} written")


if __name__ == "__main__":
    main()
