"""Stack files of tests: a shipped one under another name, with its folder in a temporary place."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


def stack_file(folder: Path, stack: str = "kettle", *, base: str = "dev", **sections: object) -> Path:
    """Write `Pulumi.<stack>.yaml` into the folder.

    Args:
        folder: of the file, and of `state/`, where the stack's own folder will be.
        base: the shipped stack it is a copy of.
        sections: keys below `monitoring:` that are replaced.
    """
    document = yaml.safe_load((ROOT / f"Pulumi.{base}.yaml").read_text(encoding="utf-8"))
    config = document["config"] | {f"monitoring:{key}": value for key, value in sections.items()}
    runtime = f"monitoring:{config.get('monitoring:runtime', 'docker')}"
    config[runtime] = {**config.get(runtime, {}), "directory": str(folder / "state")}
    file = folder / f"Pulumi.{stack}.yaml"
    file.write_text(yaml.safe_dump(document | {"config": config}), encoding="utf-8")
    return file
