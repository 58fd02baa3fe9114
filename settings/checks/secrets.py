"""Secrets: set, named, and not readable by everyone."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.errors import Mistake, did_you_mean, listed


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield secrets that are plain values, that are not set, and that nothing names."""
    known, secrets_set = checked.known, checked.secrets_set
    made = known.demo_secrets if checked.section("demo").get("enabled") is True else frozenset()
    plain, given = checked.plain_secrets, checked.secrets_given
    for secret in sorted(plain):
        action = (
            "The stack makes this password itself; remove it."
            if secret in known.generated_secrets
            else f"Set it again: pulumi config set --secret {secret}"
        )
        yield Mistake(secret, "a plain value, readable by everyone", "a secret", action)
    there = secrets_set | made | (given or frozenset())
    for path, secret in checked.named_secrets.items() if given is not None else ():
        if secret not in there | plain | known.generated_secrets:
            yield Mistake(
                path,
                f"{secret!r}, a secret that is not set",
                listed(there) if there else "the name of a secret that is set",
                did_you_mean(secret, there)
                or f"Set it: make secrets STACK={checked.stack} ARGS={secret}, or pulumi config set --secret {secret}",
            )
    if _complete(checked):
        named = set(checked.named_secrets.values())
        for secret in sorted(secrets_set - named - known.demo_secrets):
            if secret in known.stack_model().model_fields:
                action = "Write it as it is: secrets have names of their own, by which settings refer to them."
                yield Mistake(secret, "a secret", "plain settings", action)
                continue
            near = did_you_mean(secret, named)
            action = (
                "The stack makes this password itself; remove it."
                if secret in known.generated_secrets
                else f"{near} Otherwise remove it: pulumi config rm {secret}"
                if near
                else f"Remove it: pulumi config rm {secret}"
            )
            yield Mistake(secret, "a secret that nothing names", "secrets that a service or a receiver names", action)


def _complete(checked: Checked) -> bool:
    """Whether everything that can name a secret could be read: only then it is known which are used."""
    return checked.partly.isdisjoint(("services", "receivers", "alerting", "grafana"))
