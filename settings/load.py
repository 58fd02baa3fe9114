"""Raw configuration → `StackSettings`, or a `ConfigurationError` that names every mistake."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from settings.allowed import allowed_keys, allowed_options, allowed_value
from settings.checks import CHECKS
from settings.checks.checked import Checked, SettingsCheck, plain_secrets
from settings.checks.stores import store_keys
from settings.errors import ConfigurationError, Mistake, did_you_mean, listed, shown
from settings.known import Known
from settings.model import StackSettings
from settings.section import MISTAKE
from settings.service import Service
from settings.stackfile import PROJECT, RawConfiguration
from settings.types import PATTERN_SENTENCES, Address

Model = TypeVar("Model", bound=BaseModel)
# Namespaces of keys that Pulumi and providers read, beside the runtimes' own.
_READ_BY_OTHERS = frozenset({"pulumi", "grafana"})


class _AnyService(Service):
    """What can be checked of an entry whose kind is unknown."""

    target: Address | None = None


def load_settings(
    raw: RawConfiguration, known: Known, checks: Iterable[SettingsCheck] = (), *, now: datetime | None = None
) -> StackSettings:
    """Check the raw configuration and return it typed.

    Args:
        raw: what the stack file says, unchecked.
        known: the kinds, alerts, images, runtimes and stores it can refer to.
        checks: further checks, beside those that every stack file gets: of runtimes, of images.
        now: the time, for a stack that is about to be deployed: then it is a mistake to say what is over.

    Raises:
        ConfigurationError: with all mistakes at once; nothing else is raised for bad input.
    """
    mistakes = list(_unread(raw.foreign, known))
    services = dict(_services(raw.values.get("services"), known.kinds, mistakes))
    others = {"services"} | store_keys(raw.values, known) | plain_secrets(raw.values, services, known)
    sections = {key: value for key, value in raw.values.items() if key not in others}
    settings = _stack(known.stack_model(), sections, tuple(services.values()), mistakes)
    checked = Checked(raw.values, services, settings, raw.secrets_set, known, now)
    for check in (*CHECKS, *checks):
        mistakes += check(checked)
    if settings is None or mistakes:
        raise ConfigurationError(raw.source, _in_file_order(mistakes, raw.values))
    return settings


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
    """The entries without a mistake of their own, by their place in the list."""
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


def _stack(
    model: type[StackSettings], sections: Mapping[str, object], services: tuple[Service, ...], mistakes: list[Mistake]
) -> StackSettings | None:
    """Checks the sections with an empty service list, then puts the checked services in."""
    settings = _validated(model, {**sections, "services": []}, "", mistakes)
    return settings.model_copy(update={"services": services}) if settings else None


def _validated(model: type[Model], value: Mapping[str, object], path: str, mistakes: list[Mistake]) -> Model | None:
    try:
        # Through JSON, where strict validation still lets a list be a tuple.
        return model.model_validate_json(json.dumps(value, default=str))
    except ValidationError as error:
        mistakes += [_mistake(detail, model, path) for detail in error.errors()]
        return None


def _mistake(detail: ErrorDetails, model: type[BaseModel], path: str) -> Mistake:
    location = detail["loc"]
    if location[-1:] == ("[key]",):
        key = _joined(path, location[:-1])
        return Mistake(key, shown(detail["input"]), PATTERN_SENTENCES[detail["ctx"]["pattern"]])
    where = _joined(path, location)
    if detail["type"] == MISTAKE:
        said = detail["ctx"]
        return Mistake(_joined(where, filter(None, [said["field"]])), said["found"], said["allowed"], said["action"])
    if detail["type"] == "extra_forbidden":
        keys, key = allowed_keys(model, location[:-1]), str(location[-1])
        return Mistake(where, f"unknown key {key!r}", listed(keys), did_you_mean(key, keys))
    allowed = allowed_value(model, location) or detail["msg"]
    if detail["type"] == "missing":
        return Mistake(where, "nothing", allowed, "Add it.")
    near = did_you_mean(detail["input"], allowed_options(model, location))
    return Mistake(where, shown(detail["input"]), allowed, near)


def _joined(path: str, location: Iterable[int | str]) -> str:
    for step in location:
        path = f"{path}[{step}]" if isinstance(step, int) else f"{path}.{step}" if path else step
    return path


def _in_file_order(mistakes: list[Mistake], raw: Mapping[str, object]) -> list[Mistake]:
    keys = list(raw)

    def position(mistake: Mistake) -> tuple[int, int]:
        top, _, rest = mistake.path.split(".")[0].partition("[")
        index = rest.partition("]")[0]
        return keys.index(top) if top in keys else len(keys), int(index) if index.isdigit() else 0

    return sorted(mistakes, key=position)
