"""Stack files of tests: a shipped one under another name, or one of their own, with its folder in a temporary place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent


def stack_file(folder: Path, stack: str = "kettle", *, base: str | None = "dev", **sections: object) -> Path:
    """Write `Pulumi.<stack>.yaml` into the folder.

    Args:
        folder: of the file, and of `state/`, where the stack's own folder will be.
        base: the shipped stack it is a copy of; None: it says nothing but the sections.
        sections: keys below `monitoring:`, in place of the base's.
    """
    shipped = _shipped(base) if base else {"config": {}}
    config = shipped["config"] | {f"monitoring:{key}": value for key, value in sections.items()}
    runtime = f"monitoring:{config.get('monitoring:runtime', 'docker')}"
    config[runtime] = {**config.get(runtime, {}), "directory": str(folder / "state")}
    file = folder / f"Pulumi.{stack}.yaml"
    file.write_text(yaml.dump(shipped | {"config": config}, Dumper=yaml.CSafeDumper), encoding="utf-8")
    return file


def _shipped(stack: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    return document
