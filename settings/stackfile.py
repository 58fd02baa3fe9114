"""Reading `Pulumi.<stack>.yaml` and the configuration Pulumi hands to the program: two spellings of one thing."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from settings.errors import ConfigurationError, Mistake, did_you_mean, shown

PROJECT = "monitoring"
# Keys of other namespaces that Pulumi and its providers define.
_FOREIGN_NAMESPACES = ("pulumi", "kubernetes", "docker", "grafana", "random")


@dataclass(frozen=True)
class RawConfiguration:
    """What a stack file says, unchecked.

    Attributes:
        source: the file's name.
        values: plain values by key, without the project's prefix.
        secrets_set: names of the secrets that are set.
        mistakes: keys of namespaces nobody reads.
    """

    source: str
    values: Mapping[str, object]
    secrets_set: frozenset[str] = frozenset()
    mistakes: tuple[Mistake, ...] = ()


def read_stack_file(path: Path) -> RawConfiguration:
    """Read a stack file without an engine; secrets stay encrypted, only their names are read.

    Raises:
        ConfigurationError: when the file is missing or is not YAML with a `config` mapping.
    """
    source = path.name
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(
            source, [Mistake(source, "no such file", "a stack file", "Copy Pulumi.dev.yaml and edit its services.")]
        ) from None
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise ConfigurationError(source, [Mistake(source, f"no valid YAML ({problem})", "a YAML mapping")]) from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise ConfigurationError(source, [Mistake("config", shown(config), "a mapping of monitoring:<key> to values")])
    return _split(source, config)


def read_engine_config(values: Mapping[str, str], secret_keys: Collection[str], stack: str) -> RawConfiguration:
    """The same from what the engine passes: every value a string, objects as JSON, secrets decrypted.

    Args:
        values: full key (`monitoring:services`) to value, as the Pulumi SDK holds them.
        secret_keys: the full keys whose values are secret.
        stack: the stack's name.
    """
    config = {key: {"secure": ""} if key in secret_keys else _decoded(text) for key, text in values.items()}
    return _split(f"Pulumi.{stack}.yaml", config)


def _decoded(text: str) -> object:
    if not text.startswith(("{", "[")):
        return text
    decoded: object = json.loads(text)
    return decoded


def _split(source: str, config: Mapping[str, object]) -> RawConfiguration:
    values: dict[str, object] = {}
    secrets: set[str] = set()
    mistakes: list[Mistake] = []
    for key, value in config.items():
        namespace, colon, name = str(key).partition(":")
        if not colon:
            namespace, name = PROJECT, namespace
        if namespace == PROJECT:
            if isinstance(value, dict) and set(value) == {"secure"}:
                secrets.add(name)
            else:
                values[name] = value
        elif namespace not in _FOREIGN_NAMESPACES:
            near = did_you_mean(namespace, [PROJECT])
            mistakes.append(Mistake(str(key), f"unknown namespace {namespace!r}", f"{PROJECT}:<key>", near))
    return RawConfiguration(source, values, frozenset(secrets), tuple(mistakes))
