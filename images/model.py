"""What is read from this package's TOML files: the base of every table, and how a file's mistakes are told."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Strict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from images.errors import ImagesError

Words = Annotated[tuple[str, ...], Strict(False)]
"""A list of strings. Not strict itself, because TOML has arrays and no tuples; its strings are."""

_WANTED = {
    "string_type": "a string",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "tuple_type": "a list of strings",
    "dict_type": "a table",
    "model_type": "a table",
}


class Table(BaseModel):
    """Base of every table: unknown keys are mistakes, nothing is converted or changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def read_toml(path: Path, name: str) -> dict[str, Any]:
    """The document in a file, which errors call by `name`.

    Raises:
        ImagesError: when the file cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImagesError(f"{name} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise ImagesError(f"{name} is not valid TOML: {error}.") from error


def mistake(text: str) -> PydanticCustomError:
    """What a validator raises; `text` says what is wrong and what is allowed."""
    return PydanticCustomError("mistake", "{text}", {"text": text})


def mistakes(error: ValidationError, model: type[Table], *path: str) -> list[str]:
    """Every mistake in the table of this model at `path`, each as `path.key: what is wrong`."""
    found = []
    for detail in error.errors():
        where = ".".join(map(str, (*path, *detail["loc"])))
        found.append(f"{where}: {_problem(detail, model)}" if where else _problem(detail, model))
    return found


def _problem(detail: ErrorDetails, model: type[Table]) -> str:
    match detail["type"]:
        case "missing":
            return "missing"
        case "extra_forbidden":
            return f"unknown key, allowed are {', '.join(_table_at(detail['loc'][:-1], model).model_fields)}"
        case "literal_error":
            return f"must be {detail['ctx']['expected']}, is {detail['input']!r}"
        case kind if kind in _WANTED:
            return f"must be {_WANTED[kind]}, is {detail['input']!r}"
    return detail["msg"]


def _table_at(location: tuple[int | str, ...], model: type[Table]) -> type[Table]:
    for step in location:
        annotation = model.model_fields[str(step)].annotation
        # An optional table is a union of the table and None.
        parts = get_args(annotation) or (annotation,)
        model = next(part for part in parts if isinstance(part, type) and issubclass(part, Table))
    return model
