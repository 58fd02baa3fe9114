"""Stack files, settings and plans for tests, from the least that a test must say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog.kind import Kind
from catalog.plan import MonitoringPlan
from images.catalog import load_catalog
from program.checks import checks
from program.known import known
from program.plan import planned
from program.prepare import prepare_program
from settings import ConfigurationError, StackSettings, load_settings
from settings.stackfile import RawConfiguration, read_stack_file
from workloads.program import Program
from workloads.workload import Workload

# Keys that name a secret.
_NAMING = frozenset({"password", "uri", "token", "ca", "certificate", "key", "bearer_token"})
ROOT = Path(__file__).resolve().parent.parent


def raw_configuration(
    stack: str, sections: Mapping[str, object] | None = None, secrets: Mapping[str, str] | None = None
) -> RawConfiguration:
    """A shipped stack file's content with some sections replaced."""
    raw = read_stack_file(ROOT / f"Pulumi.{stack}.yaml")
    values = {key: value for key, value in {**raw.values, **(sections or {})}.items() if value is not None}
    return replace(raw, values=values, secrets_set=raw.secrets_set | frozenset(secrets or {}))


def configuration(*services: Mapping[str, object], **sections: object) -> RawConfiguration:
    """A stack file with these services; secrets that they name count as set."""
    secrets = frozenset(named for service in services for named in _named(service))
    return RawConfiguration("Pulumi.test.yaml", {"services": [*services], **sections}, secrets)


def _named(entry: Mapping[str, object]) -> Iterator[str]:
    """Values of the keys that name a secret, at any depth."""
    for key, value in entry.items():
        if isinstance(value, Mapping):
            yield from _named(value)
        elif key in _NAMING:
            yield str(value)


def program_of(stack: str = "dev", /, **sections: object) -> Program:
    """The program of a shipped stack file with some sections replaced, described and not deployed."""
    return prepare_program(raw_configuration(stack, sections), stack)


def workload_of(component: str, stack: str = "dev", /, **sections: object) -> Workload:
    """One workload of that program."""
    (found,) = [workload for workload in program_of(stack, **sections).workloads if workload.name == component]
    return found


def document_of(workload: Workload, name: str) -> Any:
    """A YAML configuration file of a workload, parsed."""
    assert workload.config
    return yaml.load(workload.config.files[name], yaml.CSafeLoader)


def settings_of(raw: RawConfiguration, **changed: Any) -> StackSettings:
    """The settings of a stack file, checked as a program's are; fields of what is known can be changed."""
    catalog = load_catalog()
    return load_settings(raw, replace(known(catalog), **changed), checks(catalog))


def plan_of(*services: Mapping[str, object], **sections: object) -> MonitoringPlan:
    """The plan of a stack with these services."""
    return planned(settings_of(configuration(*services, **sections)), "test")


def mistakes_of(raw: RawConfiguration, **changed: Any) -> list[str]:
    """Every mistake in a stack file, as the user reads it."""
    with pytest.raises(ConfigurationError) as refused:
        settings_of(raw, **changed)
    return [str(mistake) for mistake in refused.value.mistakes]


def mistakes_in(*services: Mapping[str, object], **sections: object) -> list[str]:
    """Every mistake in a stack file with these services."""
    return mistakes_of(configuration(*services, **sections))


def smallest_entry(kind: Kind) -> dict[str, object]:
    """The least that a service of a kind must say."""
    entry: dict[str, object] = {"name": f"a-{kind.name}", "kind": kind.name}
    for name, field_ in kind.settings.model_fields.items():
        if (field_.is_required() or name in _LOGINS.get(kind.name, ())) and name not in entry:
            entry[name] = EXAMPLES[name]
    sources = getattr(kind.settings, "sources", ())
    if sources and not entry.keys() & set(sources):
        entry[sources[0]] = EXAMPLES[sources[0]]
    return entry


# Fields of a login, where one of several is enough.
_LOGINS: Mapping[str, tuple[str, ...]] = dict.fromkeys(("pgbouncer", "postgres"), ("password",))
# A value for each field that some kind requires.
EXAMPLES: Mapping[str, object] = {
    "target": "host:1234",
    "password": "aPassword",
    "metric": "orders_total",
    "containers": ["worker"],
}
