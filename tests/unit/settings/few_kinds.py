"""Stack files of a fixed selection of kinds and images, so that a new one changes no message of these tests."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from catalog import kinds
from settings import Service, StackSettings
from settings.stackfile import RawConfiguration
from tests import plans

KINDS: dict[str, type[Service]] = {name: kinds()[name].settings for name in ("fastapi", "postgres", "probe", "redis")}
IMAGES = frozenset({"grafana", "loki", "prometheus"})
API: dict[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000"}
CACHE: dict[str, object] = {"name": "cache", "kind": "redis", "target": "cache:6379", "password": "cachePassword"}
A_NAME = "a name of lower-case letters, digits and dashes, starting with a letter, 40 characters at most"
A_TARGET = "host:port with a port from 1 to 65535, for example memory-api:8000"
A_DURATION = "a duration such as 30s, 5m, 1h30m, 15d, 2w or 1y"
A_SECRET = "the name of a secret in camelCase, for example memoryDbPassword"
NO_SECRET = (
    f"found something else, which is not repeated here. Allowed: {A_SECRET}. "
    "Set the secret with make secrets ARGS=<name>, and write its name here."
)


def raw(secrets: tuple[str, ...] = (), /, **values: object) -> RawConfiguration:
    """A configuration whose only service is an API, unless `services` says otherwise."""
    return RawConfiguration("Pulumi.dev.yaml", {"services": [API], **values}, frozenset(secrets))


def service(**fields: object) -> RawConfiguration:
    """A configuration with one service: the API with these fields changed; None removes a field."""
    return raw(services=[{key: value for key, value in {**API, **fields}.items() if value is not None}])


def loaded(configuration: RawConfiguration) -> StackSettings:
    """The settings of a configuration without mistakes."""
    return plans.settings_of(configuration, kinds=KINDS, image_components=IMAGES)


def mistakes_in(configuration: RawConfiguration) -> list[str]:
    """Every mistake as the user reads it."""
    return plans.mistakes_of(configuration, kinds=KINDS, image_components=IMAGES)


def stack_file(folder: Path, text: str) -> Path:
    """A stack file with this text."""
    path = folder / "Pulumi.dev.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return path
