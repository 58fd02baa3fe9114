"""Reading `Pulumi.<stack>.yaml`, and the same configuration as Pulumi hands it to the program."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from settings.errors import ConfigurationError, Mistake, did_you_mean, joined, listed, shown
from settings.layers import Layer, Location, laid_over, location, service_names
from settings.yamltext import LARGEST, read_yaml

PROJECT = "monitoring"
FIRST_STACK = "dev"
"""The stack that commands mean when they are told no other."""
NOTHING = "nothing: nothing is configured"
_PROJECT_FILE = "Pulumi.yaml"
EXTENDS, WITHOUT = "extends", "without"
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
        places: where every key and every entry of a list stands, by its path in `values`; empty where values come
            without.
        secrets_given: names of secrets that are set elsewhere than in the file; None where nobody has looked yet, and
            every secret that the file names counts as set.
    """

    source: str
    values: Mapping[str, object]
    secrets_set: frozenset[str] = frozenset()
    foreign: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    places: Mapping[str, Location] = field(default_factory=dict, compare=False)
    secrets_given: frozenset[str] | None = frozenset()


def read_stack_file(path: Path) -> RawConfiguration:
    """Read a stack file, and the one that it extends, without an engine; of secrets only the names are read.

    Raises:
        ConfigurationError: when there is nothing to be read: no file, no YAML, no `config`. Other mistakes are kept
            beside what could be read.
    """
    return with_base(_read(path), path.parent)


def with_base(raw: RawConfiguration, folder: Path) -> RawConfiguration:
    """A stack file laid over the file that it extends, if it does.

    Args:
        raw: what the stack file says itself.
        folder: of the stack file: what it extends is named from there.

    Raises:
        ConfigurationError: when there is nothing to be read in the other file.
    """
    raw = replace(raw, mistakes=(*raw.mistakes, *_of_the_project(folder)))
    values = {key: value for key, value in raw.values.items() if key not in (EXTENDS, WITHOUT)}
    name, without = raw.values.get(EXTENDS), raw.values.get(WITHOUT)
    if name is None:
        alone = [] if without is None else [_wrong(raw, WITHOUT, without, f"nothing without {EXTENDS}", "Remove it.")]
        return replace(raw, values=values, mistakes=(*raw.mistakes, *alone))
    if not isinstance(name, str) or not name or Path(name).is_absolute():
        allowed = "the name of a file, from this one's folder"
        raise ConfigurationError(raw.source, [*raw.mistakes, _wrong(raw, EXTENDS, name, allowed)])
    base = _read_base(raw, name, folder)
    mistakes = [*raw.mistakes, *_of_a_base(base, name), *_of_without(raw, without, base)]
    below = {path: replace(place, file=name) for path, place in base.places.items()}
    left_out = without if isinstance(without, list) else ()
    merged = laid_over(Layer(values, raw.places), Layer(base.values, below), left_out)
    return replace(raw, values=merged.values, places=merged.places, mistakes=tuple(mistakes))


def _of_the_project(folder: Path) -> Iterator[Mistake]:
    """Settings in the project's own file: the engine reads them there, and nothing else does."""
    if not (folder / _PROJECT_FILE).is_file():
        return
    document = read_yaml(_content(folder / _PROJECT_FILE), _PROJECT_FILE)
    config = document.value.get("config") if isinstance(document.value, dict) else None
    for key in config if isinstance(config, dict) else ():
        if key.partition(":")[0] == PROJECT or ":" not in key:
            action = f"Move it to a file that stacks name as {PROJECT}:{EXTENDS}."
            line = document.lines.get(f"config.{key}")
            yield Mistake(
                f"config.{key}", "a setting of every stack", "settings in stack files", action, line, _PROJECT_FILE
            )


def _read_base(raw: RawConfiguration, name: str, folder: Path) -> RawConfiguration:
    try:
        return _read(folder / name)
    except ConfigurationError as error:
        if (folder / name).is_file():
            mistakes = [replace(mistake, file=name) for mistake in error.mistakes]
        else:
            allowed, action = "a file beside this one", "It has the form of a stack file, with what stacks share."
            mistakes = [_wrong(raw, EXTENDS, f"{name}, which is no file", allowed, action)]
        raise ConfigurationError(raw.source, [*raw.mistakes, *mistakes]) from None


def _of_a_base(base: RawConfiguration, name: str) -> Iterator[Mistake]:
    """Mistakes in the file that stacks extend, of its text and of what only a stack file can say."""
    for mistake in base.mistakes:
        yield replace(mistake, file=name, line=mistake.line or location(mistake.path, base.places).line)
    refused = {
        **dict.fromkeys((EXTENDS, WITHOUT), ("a key of stack files", "a file that extends no other", "Remove it.")),
        **dict.fromkeys(
            base.secrets_set,
            ("a secret", "secrets in stack files", "It is encrypted for one stack: set it for each."),
        ),
        **dict.fromkeys(
            base.foreign,
            ("a key of the engine's", f"{PROJECT}:<key>", "The engine reads stack files alone: move it there."),
        ),
    }
    for key, said in refused.items():
        if key in base.values or key in base.secrets_set or key in base.foreign:
            yield Mistake(key, *said, base.places[key].line if key in base.places else None, name)


def _of_without(raw: RawConfiguration, without: object, base: RawConfiguration) -> Iterator[Mistake]:
    names = [*service_names(base.values)]
    if without is not None and not isinstance(without, list):
        yield _wrong(raw, WITHOUT, without, "a list of names of services")
    for index, name in enumerate(without if isinstance(without, list) else ()):
        if name not in names:
            yield _wrong(raw, f"{WITHOUT}[{index}]", name, listed(names), did_you_mean(name, names))


def _wrong(raw: RawConfiguration, path: str, found: object, allowed: str, action: str = "") -> Mistake:
    return Mistake(path, shown(found), allowed, action, raw.places[path].line if path in raw.places else None)


def _read(path: Path) -> RawConfiguration:
    """One file alone."""
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
    told = {mistake.path for mistake in mistakes}
    mistakes += [mistake for mistake in raw.mistakes if mistake.path not in told]
    places = {place: Location(place, line) for place, line in lines.items()}
    return replace(raw, places=places, mistakes=tuple(mistakes))


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
        there = [found.name for found in path.parent.glob("Pulumi.*.yaml")]
        allowed = f"a stack file{f', such as {listed(there)}' if there else ''}"
        mistake = Mistake(path.name, "no such file", allowed, "Copy Pulumi.dev.yaml and edit its services.")
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
    allowed = f"{PROJECT}:{key or '<key>'}"
    return Mistake(joined("", key), f"{key!r}, a key without its namespace", allowed, "Write its namespace.")
