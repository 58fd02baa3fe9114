"""Secret values: what was given to the stack, and what the stack generates because nobody did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pulumi

from alerting.contacts import contact_secrets
from components.names import generated_secrets, made_secrets
from components.passwords import GeneratedPassword
from settings.errors import listed
from settings.secrets import TEXT_FORMS, SecretFile, SecretRef
from workloads.program import Program
from workloads.workload import Workload


def needed_secrets(workloads: Iterable[Workload]) -> frozenset[str]:
    """Names of the secrets that the workloads' files hold."""
    return frozenset(
        reference.name
        for workload in workloads
        for file in workload.secrets.values()
        for reference in file.references()
    )


def program_secrets(program: Program) -> frozenset[str]:
    """Names of the secrets that a whole program needs: its workloads' files, and what Grafana's provider writes."""
    written = contact_secrets(program.settings) if program.settings.grafana.manages_alerts else frozenset()
    return needed_secrets(program.workloads) | written


@dataclass(frozen=True)
class SecretsArgs:
    """Which secrets there are.

    Attributes:
        needed: names of the secrets that something reads.
        given: values by name; what is needed and not given is generated.
    """

    needed: Iterable[str]
    given: Mapping[str, pulumi.Input[str] | GeneratedPassword] = field(default_factory=dict)


class Secrets(pulumi.ComponentResource):
    """Every secret the stack needs, by name. Nothing here is ever an output of the program."""

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Take each needed secret as it was given, or generate it.

        Raises:
            ValueError: naming a secret that only its owner can know and that was not given, or one whose hash is
                needed and that was given as a plain value.
        """
        super().__init__("monitoring:components:Secrets", name, None, opts)
        self._generated: dict[str, GeneratedPassword] = {}
        self._given: dict[str, pulumi.Output[str]] = {}
        for secret in sorted(args.needed):
            value = args.given.get(secret)
            if isinstance(value, GeneratedPassword):
                self._generated[secret] = value
            elif value is not None:
                if secret in generated_secrets():
                    raise ValueError(
                        f"secrets[{secret!r}]: found a value. Allowed: a GeneratedPassword, or nothing. A hash of it"
                        " stands in configuration, and that of a given value would differ at every run."
                    )
                self._given[secret] = pulumi.Output.secret(value)
            elif secret in made_secrets():
                options = pulumi.ResourceOptions(parent=self)
                self._generated[secret] = GeneratedPassword(f"{name}-{secret}", options)
            else:
                raise ValueError(
                    f"secrets[{secret!r}]: found nothing. Allowed: its value. Only its owner knows it; generated are"
                    f" {listed(made_secrets())}."
                )
        self.register_outputs({})

    def value(self, name: str) -> pulumi.Output[str]:
        """The secret's value, as a secret output."""
        if name in self._given:
            return self._given[name]
        return pulumi.Output.secret(self._generated[name].value)

    def content(self, file: SecretFile) -> pulumi.Output[str]:
        """A secret file's text."""
        parts = [part if isinstance(part, str) else self._formed(part) for part in file.parts]
        return pulumi.Output.secret(pulumi.Output.concat(*parts))

    def _formed(self, reference: SecretRef) -> pulumi.Output[str]:
        if reference.form == "bcrypt":
            return pulumi.Output.secret(self._generated[reference.name].bcrypt)
        return self.value(reference.name).apply(TEXT_FORMS[reference.form])
