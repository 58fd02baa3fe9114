"""Raw configuration → `StackSettings`, or a `ConfigurationError` that names every mistake."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from settings.checks import check_relations
from settings.errors import ConfigurationError, Mistake, did_you_mean, listed, shown
from settings.model import StackSettings
from settings.service import Service
from settings.stackfile import RawConfiguration
from settings.types import PATTERN_SENTENCES

_WORDS = {
    "string_type": "a string",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}
_BOUNDS = {
    "greater_than": ("gt", "a number above {}"),
    "greater_than_equal": ("ge", "a number from {} up"),
    "less_than": ("lt", "a number below {}"),
    "less_than_equal": ("le", "a number up to {}"),
    "string_too_short": ("min_length", "at least {} character"),
    "too_short": ("min_length", "at least {} entry"),
}


Model = TypeVar("Model", bound=BaseModel)


def load_settings(
    raw: RawConfiguration,
    *,
    kinds: Mapping[str, type[Service]],
    image_components: Iterable[str] = (),
) -> StackSettings:
    """Check the raw configuration and return it typed.

    Args:
        raw: what the stack file says, unchecked.
        kinds: the settings model of every kind of service, from the catalog.
        image_components: names that `images.overrides` may use.

    Raises:
        ConfigurationError: with all mistakes at once; nothing else is raised for bad input.
    """
    mistakes = list(raw.mistakes)
    services = tuple(_services(raw.values.get("services"), kinds, mistakes))
    sections = {key: value for key, value in raw.values.items() if key != "services"}
    settings = _stack(sections, services, mistakes)
    mistakes += check_relations(
        raw.values,
        services=services,
        secrets_set=raw.secrets_set,
        image_components=frozenset(image_components),
        settings=settings,
    )
    if mistakes:
        raise ConfigurationError(raw.source, _in_file_order(mistakes, raw.values))
    assert settings is not None  # without mistakes the sections were parsed
    return settings


def _services(value: object, kinds: Mapping[str, type[Service]], mistakes: list[Mistake]) -> Iterator[Service]:
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
            shared = {key: item[key] for key in Service.model_fields if key in item and key != "kind"}
            _validated(Service, {"kind": "unknown", **shared}, path, mistakes)
            continue
        service = _validated(model, item, path, mistakes)
        if service is not None:
            yield service


def _stack(
    sections: Mapping[str, object], services: tuple[Service, ...], mistakes: list[Mistake]
) -> StackSettings | None:
    """Checks the sections with an empty service list, then puts the checked services in."""
    settings = _validated(StackSettings, {**sections, "services": []}, "", mistakes)
    return settings.model_copy(update={"services": services}) if settings else None


def _validated(
    model: type[Model], value: Mapping[str, object], path: str, mistakes: list[Mistake]
) -> Model | None:
    try:
        # Through JSON, where strict validation still lets a list be a tuple.
        return model.model_validate_json(json.dumps(value, default=str))
    except ValidationError as error:
        mistakes += [_mistake(detail, model, path) for detail in error.errors()]
        return None


def _mistake(detail: ErrorDetails, model: type[BaseModel], path: str) -> Mistake:
    where = _joined(path, detail["loc"])
    kind, context = detail["type"], detail.get("ctx", {})
    found = "nothing" if kind == "missing" else shown(detail["input"])
    if kind == "extra_forbidden":
        allowed = _fields_at(model, detail["loc"][:-1])
        key = detail["loc"][-1]
        return Mistake(where, f"unknown key {str(key)!r}", listed(allowed), did_you_mean(key, allowed))
    if kind == "literal_error":
        options = [option.strip(" '") for option in str(context["expected"]).replace(" or ", ", ").split(",")]
        return Mistake(where, found, listed(options), did_you_mean(detail["input"], options))
    if kind == "string_pattern_mismatch":
        return Mistake(where, found, PATTERN_SENTENCES[str(context["pattern"])])
    if kind in _BOUNDS:
        bound, sentence = _BOUNDS[kind]
        return Mistake(where, found, sentence.format(context[bound]))
    if kind == "missing":
        annotation = str(_field_description(model, detail["loc"]))
        return Mistake(where, found, annotation or "a value", "Add it.")
    return Mistake(where, found, _WORDS.get(kind, detail["msg"]))


def _joined(path: str, location: Iterable[int | str]) -> str:
    for step in location:
        path = f"{path}[{step}]" if isinstance(step, int) else f"{path}.{step}" if path else step
    return path


def _model_at(model: type[BaseModel], location: Iterable[int | str]) -> type[BaseModel] | None:
    """The settings model that a location inside `model` leads to, or None for a plain value."""
    for step in location:
        field = model.model_fields.get(str(step))
        annotation: Any = field.annotation if field else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return None
        model = annotation
    return model


def _fields_at(model: type[BaseModel], location: Iterable[int | str]) -> list[str]:
    inner = _model_at(model, location)
    return list(inner.model_fields) if inner else []


def _field_description(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    inner = _model_at(model, location[:-1])
    field = inner.model_fields.get(str(location[-1])) if inner else None
    return (field.description or "").rstrip(".") if field else ""


def _in_file_order(mistakes: list[Mistake], raw: Mapping[str, object]) -> list[Mistake]:
    keys = list(raw)

    def position(mistake: Mistake) -> int:
        top = mistake.path.split(".")[0].split("[")[0]
        return keys.index(top) if top in keys else len(keys)

    return sorted(mistakes, key=position)
