"""Raw configuration → `StackSettings`, or a `ConfigurationError` that names every mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from settings.allowed import allowed_keys, allowed_options, allowed_value
from settings.checks import CHECKS
from settings.checks.checked import Checked, SettingsCheck, plain_secrets
from settings.checks.stores import store_keys
from settings.errors import ConfigurationError, Mistake, did_you_mean, joined, listed, nearest, shown
from settings.known import Known
from settings.layers import Location, location
from settings.model import StackSettings
from settings.partial import without
from settings.plain import plain
from settings.section import MISTAKE
from settings.service import Service
from settings.stackfile import FIRST_STACK, NOTHING, PROJECT, RawConfiguration
from settings.types import ADVICE, PATTERN_SENTENCES, SECRET_ADVICE, SECRET_PATTERN, Address

Model = TypeVar("Model", bound=BaseModel)
# Namespaces of keys that Pulumi and providers read, beside the runtimes' own.
_READ_BY_OTHERS = frozenset({"pulumi", "grafana"})
MOST_SERVICES = 2000
"""Of one stack, which has one Prometheus: more of them are spread over several stacks."""
_SERVICE = re.compile(r"\bservices\[\d+\](?:\.\w+)*")
# How often what is wrong is left out, until the rest can be read.
_ATTEMPTS = 5
# What the rest of a service is checked with where these are wrong: it cannot do without them.
_STAND_INS = {"name": "unreadable", "target": "unreadable:1"}


class _AnyService(Service):
    """What can be checked of an entry whose kind is unknown."""

    target: Address | None = None


def load_settings(
    raw: RawConfiguration,
    known: Known,
    checks: Iterable[SettingsCheck] = (),
    *,
    stack: str = FIRST_STACK,
    now: datetime | None = None,
) -> StackSettings:
    """Check the raw configuration and return it typed.

    Args:
        raw: what the stack file says, unchecked.
        known: the kinds, alerts, images, runtimes and stores it can refer to.
        checks: further checks, beside those that every stack file gets: of runtimes, of images.
        stack: its name, which some defaults follow.
        now: the time, for a stack that is about to be deployed: then it is a mistake to say what is over.

    Raises:
        ConfigurationError: with all mistakes at once; nothing else is raised for bad input.
    """
    mistakes = [*raw.mistakes, *_unread(raw.foreign, known)]
    raw = replace(raw, values={key: plain(value, joined("", key), mistakes) for key, value in raw.values.items()})
    _refuse_at_once(raw, mistakes)
    unreadable = len(mistakes)
    services = dict(_services(raw.values.get("services"), known.kinds, mistakes))
    others = {"services"} | store_keys(raw.values, known) | plain_secrets(raw.values, services, known)
    sections = {key: value for key, value in raw.values.items() if key not in others}
    settings = _stack(known.stack_model(), sections, tuple(services.values()), mistakes)
    partly = frozenset(_top(mistake.path) for mistake in mistakes)
    checked = Checked(raw.values, services, settings, raw.secrets_set, known, now, partly, raw.secrets_given, stack)
    for check in (*CHECKS, *checks):
        mistakes += check(checked)
    if settings is None or mistakes:
        raise refusal(raw, mistakes, unreadable)
    return settings


def refusal(raw: RawConfiguration, mistakes: list[Mistake], unreadable: int = 0) -> ConfigurationError:
    """The mistakes in the order of the file, each where it stands there.

    Args:
        raw: what the mistakes are in.
        mistakes: with paths of its values.
        unreadable: how many of the first are of what could not be read; what stands in its place is not told again.
    """
    order = _in_file_order(raw.values)
    placed = [_placed(mistake, raw.places) for mistake in mistakes]
    told = {(mistake.file, mistake.path) for mistake in placed[:unreadable]}
    numbers = [
        number
        for number, mistake in enumerate(placed)
        if number < unreadable or (mistake.file, mistake.path) not in told
    ]
    ordered = sorted(numbers, key=lambda number: order(mistakes[number]))
    return ConfigurationError(raw.source, [placed[number] for number in ordered])


def _placed(mistake: Mistake, places: Mapping[str, Location]) -> Mistake:
    """The mistake where it stands in its file; those of a text say that themselves."""
    if mistake.line is not None or mistake.file:
        return mistake
    place = location(mistake.path, places)
    found, allowed, action = (
        _SERVICE.sub(lambda other: location(other[0], places).named, text)
        for text in (mistake.found, mistake.allowed, mistake.action)
    )
    return Mistake(place.path, found, allowed, action, place.line, place.file)


def _refuse_at_once(raw: RawConfiguration, mistakes: list[Mistake]) -> None:
    """Stop where nothing is said, or more than can be checked."""
    services = raw.values.get("services")
    if isinstance(services, list) and len(services) > MOST_SERVICES:
        action = "Spread them over several stacks."
        mistakes.append(Mistake("services", f"{len(services)} services", f"{MOST_SERVICES} at most", action))
        raise refusal(raw, mistakes)
    if not (raw.values or raw.secrets_set or mistakes):
        action = "Copy those of Pulumi.dev.yaml and edit its services."
        raise refusal(raw, [Mistake("config", NOTHING, f"{PROJECT}:services and the keys beside it", action)])


def _unread(keys: Iterable[str], known: Known) -> Iterator[Mistake]:
    """Keys of namespaces that nobody reads."""
    read = _READ_BY_OTHERS | {section.package for section in known.runtimes.values()}
    for key in keys:
        namespace = key.partition(":")[0]
        if namespace not in read:
            near = did_you_mean(namespace, [PROJECT])
            yield Mistake(key, f"unknown namespace {namespace!r}", f"{PROJECT}:<key>", near)


def _services(
    value: object, kinds: Mapping[str, type[Service]], mistakes: list[Mistake]
) -> Iterator[tuple[int, Service]]:
    """The entries by their place in the list, as far as they can be read."""
    if not isinstance(value, list) or not value:
        mistakes.append(
            Mistake(
                "services",
                shown(value),
                "a list of services, each with name, kind and target",
                "Add one entry for each service to monitor.",
            )
        )
        return
    for index, item in enumerate(value):
        path = f"services[{index}]"
        if not isinstance(item, dict):
            mistakes.append(Mistake(path, shown(item), "a mapping with name, kind and target"))
            continue
        if near := _misspelt_kind(item, kinds):
            found, action = f"nothing, but {near!r} beside it", f"Did you mean 'kind' by {near!r}?"
            mistakes.append(Mistake(f"{path}.kind", found, listed(kinds), action))
            item = {"kind" if key == near else key: value for key, value in item.items()}
        kind = item.get("kind")
        model = kinds.get(kind) if isinstance(kind, str) else None
        if model is None:
            mistakes.append(Mistake(f"{path}.kind", shown(kind), listed(kinds), did_you_mean(kind, kinds)))
            # The other fields are still worth checking: against what all kinds share, unknown keys aside.
            shared = {key: item[key] for key in _AnyService.model_fields if key in item and key != "kind"}
            _validated(_AnyService, {"kind": "unknown", **shared}, path, mistakes)
            continue
        service = _validated(model, item, path, mistakes)
        if service is not None:
            yield index, service


def _misspelt_kind(entry: Mapping[str, object], kinds: Mapping[str, type[Service]]) -> str | None:
    """The key that most likely is `kind`, where there is none: it is spelt nearly so, or has such a value."""
    if "kind" in entry:
        return None
    others = [key for key in entry if key not in _AnyService.model_fields]
    named = (key for key in others if isinstance(entry[key], str) and entry[key] in kinds)
    return nearest("kind", others) or next(named, None)


def _stack(
    model: type[StackSettings], sections: Mapping[str, object], services: tuple[Service, ...], mistakes: list[Mistake]
) -> StackSettings | None:
    """Checks the sections with an empty service list, then puts the checked services in."""
    settings = _validated(model, {**sections, "services": []}, "", mistakes)
    return settings.model_copy(update={"services": services}) if settings else None


def _validated(model: type[Model], value: Mapping[str, object], path: str, mistakes: list[Mistake]) -> Model | None:
    """The value as far as it can be read: without what is wrong in it, where it can do without that."""
    left: Mapping[str, object] | None = value
    for attempt in range(_ATTEMPTS):
        if left is None:
            break
        try:
            # Through JSON, where strict validation still lets a list be a tuple.
            return model.model_validate_json(json.dumps(left, default=str))
        except ValidationError as error:
            details = _without_echoes(error.errors())
            if attempt == 0:
                mistakes += [_mistake(detail, model, path) for detail in details]
            left = without(left, details, _STAND_INS)
    return None


def _without_echoes(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without lists that are called too short because their entries are wrong."""
    wrong = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))}
    return [detail for detail in details if detail["type"] != "too_short" or detail["loc"] not in wrong]


def _mistake(detail: ErrorDetails, model: type[BaseModel], path: str) -> Mistake:
    location = tuple(step for step in detail["loc"] if step != "[key]")
    where = joined(path, *location)
    if detail["type"] == MISTAKE:
        said = detail["ctx"]
        return Mistake(joined(where, *filter(None, [said["field"]])), said["found"], said["allowed"], said["action"])
    if location != detail["loc"]:
        return Mistake(where, shown(detail["input"]), PATTERN_SENTENCES[detail["ctx"]["pattern"]])
    if detail["type"] == "extra_forbidden":
        keys, key = allowed_keys(model, location[:-1]), str(location[-1])
        return Mistake(where, f"unknown key {key!r}", listed(keys), did_you_mean(key, keys))
    allowed = allowed_value(model, location) or detail["msg"]
    if detail["type"] == "missing":
        return Mistake(where, "nothing", allowed, "Add it.")
    found = detail["input"]
    if allowed == PATTERN_SENTENCES[SECRET_PATTERN] and found is not None:
        # What stands in place of the name may be the secret itself, and logs of CI are read by many.
        return Mistake(where, "something else, which is not repeated here", allowed, SECRET_ADVICE)
    advice = ADVICE.get(detail.get("ctx", {}).get("pattern", ""))
    action = (
        advice(found) if advice and isinstance(found, str) else did_you_mean(found, allowed_options(model, location))
    )
    return Mistake(where, shown(found), allowed, action)


def _top(path: str) -> str:
    """The key of the file that a place is in."""
    return path.partition(".")[0].partition("[")[0]


def _in_file_order(raw: Mapping[str, object]) -> Callable[[Mistake], tuple[int, int]]:
    """What sorts mistakes as their keys stand in the file."""
    positions = {key: position for position, key in enumerate(raw)}

    def position(mistake: Mistake) -> tuple[int, int]:
        index = mistake.path.split(".")[0].partition("[")[2].partition("]")[0]
        return positions.get(_top(mistake.path), len(positions)), int(index) if index.isdigit() else 0

    return position
