"""A password as a Pulumi resource of our own: made once, kept in the state as a secret, replaced to rotate it.

The state names this module: a provider is pickled by reference (`components.passwords._Provider`), and the engine
loads it from there for every later operation. Moved or renamed, existing states could no longer be read.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from typing import Any

import bcrypt
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider

# Letters and digits only: such a password needs no quoting in a URL, a DSN, YAML or JSON. 62^32 is 190 bits.
_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 32


@dataclass(frozen=True)
class Password:
    """A password and its hash. The hash is kept: made anew, it would differ at every run.

    Attributes:
        value: 32 letters and digits.
        bcrypt: hash of the value.
    """

    value: str
    bcrypt: str

    @classmethod
    def generate(cls) -> Password:
        """A new password, from the machine's source of randomness."""
        value = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        return cls(value, bcrypt.hashpw(value.encode(), bcrypt.gensalt()).decode())


class _Provider(ResourceProvider):
    """Makes a password and leaves it alone. Nothing outside the state has it, so there is nothing to read or delete."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(id_="password", outs=vars(Password.generate()))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=False)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_=id_, outs=props)


class GeneratedPassword(Resource, module="monitoring", name="GeneratedPassword"):
    """A password that never changes by itself; `make rotate` replaces it.

    Attributes:
        value: 32 letters and digits; a secret.
        bcrypt: hash of the value; a secret.
    """

    value: pulumi.Output[str]
    bcrypt: pulumi.Output[str]

    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        secret = pulumi.ResourceOptions(additional_secret_outputs=["value", "bcrypt"])
        # None: outputs that the provider fills in.
        super().__init__(
            _Provider(), resource_name, {"value": None, "bcrypt": None}, pulumi.ResourceOptions.merge(opts, secret)
        )
