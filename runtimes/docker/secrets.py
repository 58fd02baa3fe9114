"""Secrets without an engine: generated once, kept in the stack's folder on the Docker host, readable by its owner.

Those that only their owner can know come from the environment: `shopSlack` from MONITORING_SHOP_SLACK.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path

from components.names import generated_secrets, made_secrets
from components.passwords import Password
from runtimes.console import Failure
from settings.secrets import SecretFile, SecretRef
from settings.stackfile import PROJECT
from workloads.workload import Workload


def variable(secret: str) -> str:
    """The environment variable that gives a secret of this name."""
    words = re.sub("([A-Z])", r"_\1", secret)
    return f"{PROJECT}_{words}".upper()


class LocalSecrets:
    """The secrets of a stack that runs from its Compose project."""

    def __init__(self, path: Path) -> None:
        """Args: path: the JSON file that keeps the values; made with mode 0600."""
        self._path = path
        self._values = self._read()

    def ensure(self, needed: Iterable[str]) -> None:
        """Take what the environment gives, and generate what is missing.

        Raises:
            Failure: naming every secret that only its owner can know and that nobody gave.
        """
        needed = frozenset(needed)
        given = {name: os.environ.get(variable(name)) for name in needed - generated_secrets()}
        # Only passwords that the stack generates are ever asked for by their hash.
        passwords = {name: Password(value, "") for name, value in given.items() if value is not None}
        changed = any(self._values.get(name) != password for name, password in passwords.items())
        self._values |= passwords
        missing = [name for name in sorted(needed) if name not in self._values]
        unknown = [name for name in missing if name not in made_secrets()]
        if unknown:
            raise Failure(
                f"The stack needs the secrets {', '.join(unknown)}, which only the Pulumi CLI can decrypt: install it,"
                f" or set {', '.join(map(variable, unknown))} in the environment, and run the command again."
            )
        for name in missing:
            self._values[name] = Password.generate()
        if missing or changed:
            self._write()

    def forget(self, names: Collection[str]) -> None:
        """Drop values, so that `ensure` generates new ones."""
        kept = {name: value for name, value in self._values.items() if name not in names}
        if kept != self._values:
            self._values = kept
            self._write()

    def files(self, workload: Workload) -> dict[str, str]:
        """The workload's secret files, filled."""
        return {name: self._filled(file) for name, file in workload.secrets.items()}

    def _filled(self, file: SecretFile) -> str:
        return "".join(part if isinstance(part, str) else self._formed(part) for part in file.parts)

    def _formed(self, reference: SecretRef) -> str:
        secret = self._values[reference.name]
        forms = {"plain": secret.value, "json": json.dumps(secret.value), "bcrypt": secret.bcrypt}
        return forms[reference.form]

    def _read(self) -> dict[str, Password]:
        if not self._path.exists():
            return {}
        kept = json.loads(self._path.read_text(encoding="utf-8"))
        return {name: Password(**secret) for name, secret in kept.items()}

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self._path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({name: vars(secret) for name, secret in sorted(self._values.items())}, file, indent=2)
        temporary.replace(self._path)
