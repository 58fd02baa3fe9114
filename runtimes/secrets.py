"""Secrets on the machine that deploys: those that their owner gave, and those that a stack without an engine makes.

They are kept in the stack's folder, readable by its owner only. The environment wins over what is kept:
`shopSlack` is MONITORING_SHOP_SLACK there.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from pathlib import Path

from components.names import generated_secrets, made_secrets
from components.passwords import Password
from components.secrets import program_secrets
from runtimes import sections
from runtimes.console import Failure
from runtimes.operations import Target
from settings.checks.checked import named_secrets
from settings.errors import ConfigurationError, Mistake
from settings.load import refusal
from settings.model import StackSettings
from settings.secrets import TEXT_FORMS, SecretFile, SecretRef
from settings.stackfile import PROJECT, RawConfiguration
from workloads.program import Program
from workloads.workload import Workload

KEPT = "secrets.json"
"""The file in a stack's folder."""
_PREFIX = f"{PROJECT}_".upper()


def variable(secret: str) -> str:
    """The environment variable that gives a secret of this name."""
    return _PREFIX + re.sub("([A-Z])", r"_\1", secret).upper()


def secret_of_variable(name: str) -> str | None:
    """The name of the secret that an environment variable gives; None for a variable of somebody else's."""
    if not name.startswith(_PREFIX):
        return None
    return re.sub("_([a-z])", lambda found: found[1].upper(), name.removeprefix(_PREFIX).lower())


def secrets_of_owner(program: Program) -> frozenset[str]:
    """Names of the secrets that the program needs and that only its owner can know."""
    auth = program.settings.grafana.auth
    return (program_secrets(program) | ({auth} if auth else set())) - made_secrets()


def places_of(secret: str, settings: StackSettings) -> list[str]:
    """Where a stack file names the secret."""
    services = dict(enumerate(settings.services))
    named = named_secrets(services, settings.receivers, settings.alerting, settings.grafana)
    return [path for path, name in named.items() if name == secret]


def with_given(raw: RawConfiguration, stack: str) -> RawConfiguration:
    """The stack file with the names of the secrets that are given beside it, in the environment or on this machine."""
    kept = LocalSecrets(stack_folder(raw, stack) / KEPT)
    return replace(raw, secrets_given=kept.names | in_environment().keys())


def stack_folder(raw: RawConfiguration, stack: str) -> Path:
    """The stack's folder on this machine, as far as a stack file that nobody has checked says it."""
    known = dict(sections())
    name = raw.values.get("runtime", StackSettings.model_fields["runtime"].default)
    model = known.get(str(name)) or next(iter(known.values()))
    section = raw.values.get(str(name))
    said = section.get("directory") if isinstance(section, dict) else None
    settings = model() if not isinstance(said, str) or "\0" in said else model.model_construct(directory=said)
    return settings.stack_directory(stack)


def in_environment() -> dict[str, str]:
    """Secrets that the environment gives, by name."""
    found = ((secret_of_variable(name), value) for name, value in os.environ.items())
    return {name: value for name, value in found if name}


def require(target: Target, *, decrypted: bool) -> None:
    """See that every secret is at hand that only its owner knows, before anything is made; on a terminal, ask for it.

    Args:
        target: the stack that is about to be deployed.
        decrypted: whether those in the stack file can be read, because an engine deploys it.

    Raises:
        ConfigurationError: naming each that is missing, where nobody can be asked.
    """
    kept = LocalSecrets(target.directory / KEPT)
    needed = secrets_of_owner(target.program) - (target.raw.secrets_set if decrypted else frozenset())
    kept.take(needed)
    missing = sorted(needed - kept.names)
    if missing and sys.stdin.isatty():
        kept.keep({name: ask(name) for name in missing})
    elif missing:
        raise refusal(target.raw, [*_not_set(target, missing)])


def ask(secret: str) -> str:
    """What somebody types on the terminal, without showing it.

    Raises:
        Failure: when nothing is typed, or what cannot be the whole secret.
    """
    value = ""
    while not value:
        try:
            value = getpass.getpass(f"Secret {secret} (not shown): ")
        except (EOFError, KeyboardInterrupt):
            raise Failure(f"Nothing was typed for {secret}: run the command again.") from None
        except UnicodeDecodeError:
            raise Failure(f"{secret}: found what is no UTF-8. Allowed: text. Run the command again.") from None
        if "\x1b" in value:
            # An arrow key: what is not shown cannot be corrected by it.
            raise Failure(f"{secret}: found a key that is no letter. Allowed: one line of text. Run the command again.")
        if value.startswith("-----BEGIN"):
            action = f"Give it as a file: make secrets ARGS={secret} < the file."
            raise Failure(f"{secret}: found the first line of several. Allowed: one line of text. {action}")
    return value


def how_to_set(secret: str, stack: str) -> str:
    """What to do about a secret that is not set."""
    return f"Set it: make secrets STACK={stack} ARGS={secret}, or {variable(secret)} in the environment."


def _not_set(target: Target, missing: Collection[str]) -> Iterator[Mistake]:
    for name in missing:
        found = "a secret that is not set"
        if name in target.raw.secrets_set:
            found = "a secret that is encrypted, and there is no Pulumi engine to decrypt it"
        for path in places_of(name, target.program.settings) or [name]:
            yield Mistake(path, f"{name!r}, {found}", "a secret that is given", how_to_set(name, target.stack))


class LocalSecrets:
    """What is kept of a stack."""

    def __init__(self, path: Path) -> None:
        """Read what is kept.

        Args:
            path: the JSON file that keeps the values; made with mode 0600.

        Raises:
            ConfigurationError: when the file is not as it was written.
        """
        self._path = path
        self._values = self._read()

    @property
    def names(self) -> frozenset[str]:
        """Those that are kept."""
        return frozenset(self._values)

    def take(self, needed: Set[str]) -> None:
        """Keep what the environment gives of these. Those that the stack always makes itself are not taken."""
        given = in_environment()
        self.keep({name: given[name] for name in needed - generated_secrets() if name in given})

    def keep(self, values: Mapping[str, str]) -> None:
        """Keep values, in place of those before."""
        # Only passwords that the stack generates are ever asked for by their hash.
        self._change(self._values | {name: Password(value, "") for name, value in values.items()})

    def ensure(self, needed: Iterable[str]) -> None:
        """Generate what is missing of that which the stack can make itself, and take what the environment gives."""
        needed = frozenset(needed)
        self.take(needed)
        missing = sorted((needed & made_secrets()) - self.names)
        self._change(self._values | {name: Password.generate() for name in missing})

    def forget(self, names: Collection[str]) -> None:
        """Drop values, so that `ensure` generates new ones."""
        self._change({name: value for name, value in self._values.items() if name not in names})

    def values(self, names: Collection[str]) -> dict[str, str]:
        """The values of these, as far as they are kept."""
        return {name: secret.value for name, secret in self._values.items() if name in names}

    def files(self, workload: Workload) -> dict[str, str]:
        """The workload's secret files, filled."""
        return {name: self._filled(file) for name, file in workload.secrets.items()}

    def _filled(self, file: SecretFile) -> str:
        return "".join(part if isinstance(part, str) else self._formed(part) for part in file.parts)

    def _formed(self, reference: SecretRef) -> str:
        secret = self._values[reference.name]
        return secret.bcrypt if reference.form == "bcrypt" else TEXT_FORMS[reference.form](secret.value)

    def _read(self) -> dict[str, Password]:
        if not self._path.exists():
            return {}
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            return {name: Password(**secret) for name, secret in kept.items()}
        except (ValueError, TypeError, AttributeError):
            allowed, action = "what was written there", "Restore it; without it the stack's passwords are lost."
            raise ConfigurationError(
                str(self._path), [Mistake(self._path.name, "no secrets", allowed, action)]
            ) from None

    def _change(self, values: dict[str, Password]) -> None:
        if values == self._values:
            return
        self._values = values
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.parent.chmod(0o700)
        temporary = self._path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({name: vars(secret) for name, secret in sorted(values.items())}, file, indent=2)
        temporary.replace(self._path)
