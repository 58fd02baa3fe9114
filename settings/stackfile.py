"""Reading `Pulumi.<stack>.yaml`, and the same configuration as Pulumi hands it to the program."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from settings.errors import ConfigurationError, Mistake, shown

PROJECT = "monitoring"


@dataclass(frozen=True)
class RawConfiguration:
    """What a stack file says, unchecked.

    Attributes:
        source: the file's name.
        values: plain values by key, without the project's prefix.
        secrets_set: names of the secrets that are set.
        foreign: full keys of other namespaces than the project's.
    """

    source: str
    values: Mapping[str, object]
    secrets_set: frozenset[str] = frozenset()
    foreign: tuple[str, ...] = ()


def read_stack_file(path: Path) -> RawConfiguration:
    """Read a stack file without an engine; secrets stay encrypted, only their names are read.

    Raises:
        ConfigurationError: when the file is missing or is not YAML with a `config` mapping.
    """
    source = path.name
    try:
        # The loader is a safe one.
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506
    except FileNotFoundError:
        raise ConfigurationError(
            source,
            [Mistake(source, "no such file", "a stack file", "Copy Pulumi.dev.yaml and edit its services.")],
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        found = f"no valid YAML ({_problem(error)})"
        raise ConfigurationError(source, [Mistake(source, found, "a YAML mapping")]) from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise ConfigurationError(source, [Mistake("config", shown(config), "a mapping of monitoring:<key> to values")])
    return _split(source, config)


class _Loader(yaml.SafeLoader):
    """Reads YAML as the engine does: a key that stands twice is refused, and a date is text."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # the parent's type
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping, or an error that names its second key of the same name."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        problem=f"the key {key.value!r} stands there twice", problem_mark=key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def _problem(error: yaml.YAMLError | UnicodeDecodeError) -> str:
    """What is wrong with the text, and where, in one line."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return " ".join(str(error).split())


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
    if not text.startswith(("{", "[")) and text not in ("true", "false"):
        return text
    try:
        decoded: object = json.loads(text)
    except ValueError:
        return text
    return decoded


def _split(source: str, config: Mapping[str, object]) -> RawConfiguration:
    values: dict[str, object] = {}
    secrets: set[str] = set()
    foreign: list[str] = []
    for key, value in config.items():
        namespace, colon, name = str(key).partition(":")
        if not colon:
            namespace, name = PROJECT, namespace
        if namespace == PROJECT:
            if isinstance(value, dict) and set(value) == {"secure"}:
                secrets.add(name)
            else:
                values[name] = value
        else:
            foreign.append(str(key))
    return RawConfiguration(source, values, frozenset(secrets), tuple(foreign))
