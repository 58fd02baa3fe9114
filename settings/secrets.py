"""How configuration refers to secrets: by name, never by value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

SECRETS_DIRECTORY = "/run/secrets"

# What YAML, which reads such files too, does not take as it is.
_NOT_YAML = re.compile("[\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")

SecretForm = Literal["plain", "json", "my-cnf", "bcrypt"]


@dataclass(frozen=True)
class SecretRef:
    """A secret's place in a file.

    Attributes:
        name: the secret's name, a flat config secret or one the stack generates.
        form: plain; json: as a quoted JSON string; my-cnf: for an options file that has `DOLLAR` in it; bcrypt: its
            hash (generated secrets only).
    """

    name: str
    form: SecretForm = "plain"


def quoted_json(value: str) -> str:
    """The value as a quoted string of JSON that YAML reads as the same, characters outside the BMP among them."""
    return _NOT_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


DOLLAR = "dollar = $\n"
"""What `without_dollars` refers to: a line of the same section."""


def without_dollars(value: str) -> str:
    """The value for an options file of mysqld_exporter, which takes `$` for a variable since 0.15."""
    return value.replace("$", "%(dollar)s")


TEXT_FORMS: Mapping[SecretForm, Callable[[str], str]] = {"plain": str, "json": quoted_json, "my-cnf": without_dollars}
"""How a secret's value is written; a hash is no form of it."""


@dataclass(frozen=True)
class SecretFile:
    """A file that only exists under `SECRETS_DIRECTORY`: text and references, joined when it is written."""

    parts: tuple[str | SecretRef, ...]

    @classmethod
    def of(cls, name: str) -> SecretFile:
        """A file that holds nothing but the secret."""
        return cls((SecretRef(name),))

    def references(self) -> frozenset[SecretRef]:
        """Every secret the file holds."""
        return frozenset(part for part in self.parts if isinstance(part, SecretRef))


def secret_path(file: str) -> str:
    """Where a program finds a secret file."""
    return f"{SECRETS_DIRECTORY}/{file}"


def basic_auth_users(user: str, secret: str) -> SecretFile:
    """The web configuration that Prometheus' family of programs reads to ask for a login."""
    return SecretFile(("basic_auth_users:\n  ", user, ": ", SecretRef(secret, "bcrypt"), "\n"))
