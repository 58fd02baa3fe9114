"""Secret values: what was set for the stack, and what the stack generates because nobody did."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pulumi
import pulumi_random as random

from settings.secrets import SecretFile, SecretRef

# Letters and digits only: such a password needs no quoting in a URL, a DSN, YAML or JSON. 62^32 is 190 bits.
PASSWORD_LENGTH = 32


class Secrets(pulumi.ComponentResource):
    """Every secret the stack needs, by name. Nothing here is ever an output."""

    def __init__(
        self,
        name: str,
        *,
        needed: Iterable[str],
        config: pulumi.Config,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Take each needed secret from the configuration, or generate it.

        Args:
            name: resource name.
            needed: names of secrets; that each is either set or may be generated was checked with the settings.
            config: the stack's configuration.
        """
        super().__init__("monitoring:components:Secrets", name, None, opts)
        self._generated: dict[str, random.RandomPassword] = {}
        self._set: dict[str, pulumi.Output[str]] = {}
        for secret in sorted(needed):
            value = config.get_secret(secret)
            if value is None:
                self._generated[secret] = random.RandomPassword(
                    f"{name}-{secret}",
                    length=PASSWORD_LENGTH,
                    special=False,
                    opts=pulumi.ResourceOptions(parent=self),
                )
            else:
                self._set[secret] = value
        self.register_outputs({})

    def value(self, name: str) -> pulumi.Output[str]:
        """The secret's value, as a secret output."""
        if name in self._set:
            return self._set[name]
        return pulumi.Output.secret(self._generated[name].result)

    def content(self, file: SecretFile) -> pulumi.Output[str]:
        """A secret file's text."""
        parts = [part if isinstance(part, str) else self._formed(part) for part in file.parts]
        return pulumi.Output.secret(pulumi.Output.concat(*parts))

    def _formed(self, reference: SecretRef) -> pulumi.Output[str]:
        if reference.form == "bcrypt":
            # Only a stored hash stays the same from run to run, so only generated passwords are ever hashed.
            return pulumi.Output.secret(self._generated[reference.name].bcrypt_hash)
        value = self.value(reference.name)
        return value.apply(json.dumps) if reference.form == "json" else value
