"""Reading `Pulumi.<stack>.yaml`, and the same configuration as Pulumi hands it to the program."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from settings.errors import ConfigurationError, Mistake, did_you_mean, listed, shown
from settings.yamltext import LARGEST, read_yaml

PROJECT = "monitoring"
NOTHING = "nothing: nothing is configured"
_STACK_NAME = re.compile(r"[a-z0-9]([-_a-z0-9]{0,61}[a-z0-9])?")
# What else Pulumi reads there.
_PULUMIS = ("config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider")


@dataclass(frozen=True)
class RawConfiguration:
    """What a stack file says, unchecked.

    Attributes:
        source: the file's name.
        values: plain values by key, without the project's prefix.
        secrets_set: names of the secrets that are set.
        foreign: full keys of other namespaces than the project's.
        mistakes: those of the text itself; what has none could be read.
        lines: of every key and every entry of a list, by its place; empty where values come without.
    """

    source: str
    values: Mapping[str, object]
    secrets_set: frozenset[str] = frozenset()
    foreign: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)


def read_stack_file(path: Path) -> RawConfiguration:
    """Read a stack file without an engine; secrets stay encrypted, only their names are read.

    Raises:
        ConfigurationError: when there is nothing to be read: no file, no YAML, no `config`. Other mistakes are kept
            beside what could be read.
    """
    source = path.name
    document = read_yaml(_content(path), source)
    mistakes = list(document.mistakes)
    if document.value is None:
        nothing = Mistake(
            source, NOTHING, "a mapping with the key config", "Copy Pulumi.dev.yaml and edit its services."
        )
        raise ConfigurationError(source, mistakes or [nothing])
    if not isinstance(document.value, dict):
        mistakes.append(Mistake(source, shown(document.value), "a mapping with the key config", line=1))
        raise ConfigurationError(source, mistakes)
    lines = {_below_config(place): line for place, line in document.lines.items() if place.startswith("config")}
    mistakes = [replace(mistake, path=_below_config(mistake.path)) for mistake in mistakes]
    mistakes += _beside(document.value, document.lines)
    config = document.value.get("config")
    if not isinstance(config, dict):
        found = shown(config) if config is not None else NOTHING
        mistakes.append(Mistake("config", found, f"a mapping of {PROJECT}:<key> to values", line=lines.get("config")))
        raise ConfigurationError(source, mistakes)
    raw = split_configuration(source, config)
    return replace(raw, lines=lines, mistakes=(*mistakes, *raw.mistakes))


def check_stack_name(stack: str) -> None:
    """Refuse a name that containers, folders and files cannot have.

    Raises:
        ConfigurationError: saying what a stack may be called.
    """
    if not _STACK_NAME.fullmatch(stack):
        allowed = "lower-case letters and digits, with dashes and underscores between them, 63 at most"
        raise ConfigurationError(f"stack {shown(stack)}", [Mistake("stack", shown(stack), allowed, "Rename it.")])


def _content(path: Path) -> bytes:
    """The file's bytes, and one more than a stack file may have where there are more."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        mistake = Mistake(path.name, "no such file", "a stack file", "Copy Pulumi.dev.yaml and edit its services.")
    except OSError as error:
        mistake = Mistake(path.name, f"what cannot be read ({error.strerror})", "a file that this user may read")
    raise ConfigurationError(path.name, [mistake])


def _below_config(place: str) -> str:
    """As mistakes name it: without what all keys of the project begin with."""
    return place.removeprefix("config.").removeprefix(f"{PROJECT}:")


def _beside(document: Mapping[str, object], lines: Mapping[str, int]) -> Iterator[Mistake]:
    """Keys beside `config`, where nobody reads them."""
    for key in document:
        if key not in _PULUMIS:
            name = key.removeprefix(f"{PROJECT}:")
            action = did_you_mean(key, _PULUMIS) or f"Below config it is {PROJECT}:{name}."
            yield Mistake(key, f"unknown key {key!r} beside config", listed(_PULUMIS), action, lines.get(key))


def read_engine_config(values: Mapping[str, str], secret_keys: Collection[str], stack: str) -> RawConfiguration:
    """The same from what the engine passes: every value a string, objects as JSON, secrets decrypted.

    Args:
        values: full key (`monitoring:services`) to value, as the Pulumi SDK holds them.
        secret_keys: the full keys whose values are secret.
        stack: the stack's name.
    """
    config = {key: {"secure": ""} if key in secret_keys else _decoded(text) for key, text in values.items()}
    return split_configuration(f"Pulumi.{stack}.yaml", config)


def _decoded(text: str) -> object:
    if not text.startswith(("{", "[")) and text not in ("true", "false"):
        return text
    try:
        decoded: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return decoded


def split_configuration(source: str, config: Mapping[str, object]) -> RawConfiguration:
    """What stands under `config`, by what it is.

    Args:
        source: where it comes from, for messages.
        config: plain values by full key.
    """
    values: dict[str, object] = {}
    bare: dict[str, object] = {}
    secrets: set[str] = set()
    foreign: list[str] = []
    for key, value in config.items():
        namespace, colon, name = key.partition(":")
        if colon and namespace != PROJECT:
            foreign.append(key)
        elif isinstance(value, dict) and set(value) == {"secure"}:
            secrets.add(name or key)
        elif colon:
            values[name] = value
        else:
            bare[key] = value
    # Those without their namespace are checked all the same, so that every mistake is told at once.
    values = {**{key: value for key, value in bare.items() if key != PROJECT}, **values}
    mistakes = tuple(_without_namespace(key) for key in config if ":" not in key)
    return RawConfiguration(source, values, frozenset(secrets), tuple(foreign), mistakes)


def _without_namespace(key: str) -> Mistake:
    if key == PROJECT:
        return Mistake(
            key, f"{key!r} with keys below it", f"{PROJECT}:<key>", f"Write each of them as {PROJECT}:<key>."
        )
    return Mistake(key, f"{key!r}, a key without its namespace", f"{PROJECT}:{key}", "Write its namespace.")
