"""`python -m references`: write the JSON Schema of stack files and the references that docs/ has of the code."""

from __future__ import annotations

from references.addresses import ADDRESSES_FILE, addresses_text
from references.alerts import ALERTS_FILE, alerts_text
from references.inhibition import INHIBITION_FILE, inhibition_text
from references.schema import SCHEMA_FILE, schema_text
from references.settings import REFERENCE_FILE, reference_text

GENERATED = (
    (SCHEMA_FILE, schema_text),
    (REFERENCE_FILE, reference_text),
    (ALERTS_FILE, alerts_text),
    (ADDRESSES_FILE, addresses_text),
    (INHIBITION_FILE, inhibition_text),
)


def main() -> None:
    """Write every file."""
    for file, text in GENERATED:
        file.write_text(text(), encoding="utf-8")
        print(f"{file.parent.name}/{file.name} written")


if __name__ == "__main__":
    main()
