"""A workload's files in a folder of a test, as its container would find them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from components.names import made_secrets
from components.secrets import needed_secrets
from runtimes.secrets import LocalSecrets, variable
from settings.secrets import SECRETS_DIRECTORY
from workloads.workload import Workload


@dataclass(frozen=True)
class Placed:
    """Where a workload's files are, and its arguments; every path in both is the one here."""

    folder: Path
    config: Path
    secrets: Path
    args: tuple[str, ...]

    def damage(self, name: str, change: Callable[[Any], None]) -> Path:
        """A copy of a YAML file beside it, with one thing in it changed."""
        document = yaml.safe_load((self.config / name).read_text(encoding="utf-8"))
        change(document)
        path = (self.config / name).with_name(f"damaged-{Path(name).name}")
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        return path


def write_files(workload: Workload, folder: Path, values: Path) -> Placed:
    """Write a workload's configuration and filled secret files.

    Args:
        folder: of its files and of its data, which may be there already.
        values: file of the secrets, which workloads share.
    """
    secrets = LocalSecrets(values)
    needed = needed_secrets([workload])
    # What only an owner knows and no test gives looks like the address of a webhook, which most of them are.
    given = json.loads(values.read_text(encoding="utf-8")) if values.exists() else {}
    owners = {variable(name): f"https://example.com/{name}" for name in needed - made_secrets() - given.keys()}
    with patch.dict(os.environ, owners):
        secrets.ensure(needed)
    paths = {SECRETS_DIRECTORY: folder / "secrets"}
    paths |= {volume.mount_path: folder / "data" / volume.name for volume in workload.volumes}
    contents: dict[str, Mapping[str, str]] = {"secrets": secrets.files(workload)}
    if workload.config:
        paths[workload.config.mount_path] = folder / "config"
        contents["config"] = workload.config.files
    for directory in paths.values():
        directory.mkdir(parents=True, exist_ok=True)
    for kind, files in contents.items():
        for name, text in files.items():
            path = folder / kind / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_moved(text, paths), encoding="utf-8")
    return Placed(folder, folder / "config", folder / "secrets", tuple(_moved(text, paths) for text in workload.args))


def _moved(text: str, paths: Mapping[str, Path]) -> str:
    for path, here in paths.items():
        # Only whole paths: not the host in http://prometheus:9090, not a longer name.
        text = re.sub(rf"(?<![\w.])(?<!:/){re.escape(path)}(?![\w.-])", str(here), text)
    return text
