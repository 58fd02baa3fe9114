"""What the three programs read from the environment, checked as a whole before anything is started.

Every mistake is named in one error, so that a deployment is corrected in one round. Passwords are read from
files only: an environment variable is shown by `docker inspect` and handed on to every child process.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(ValueError):
    """The environment does not make a usable configuration.

    Args:
        mistakes: one line each, `NAME: what is wrong and what is allowed`; kept as `mistakes`.
    """

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        super().__init__("\n".join([f"the environment has {count}:", *(f"- {line}" for line in self.mistakes)]))


def _password(path: Path) -> str:
    """The content of a file, without the newline that editors append."""
    return path.read_text(encoding="utf-8").rstrip("\r\n")


def _holds_password(path: Path) -> Path:
    try:
        found = _password(path)
    except OSError as error:
        raise ValueError(f"cannot read '{path}': {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"cannot read '{path}': it is not UTF-8 text") from error
    if not found:
        raise ValueError(f"'{path}' is empty")
    return path


def _shares_fit(last: float, others: ValidationInfo) -> float:
    total = last + others.data.get("error_share", 0.0) + others.data.get("slow_share", 0.0)
    # The tolerance is for sums such as 0.7 + 0.2 + 0.1, which floating point puts just above one.
    if total > 1.0 + 1e-9:
        raise ValueError(f"with ERROR_SHARE and SLOW_SHARE it makes {total:g}; the sum is at most 1")
    return last


def _text(meaning: str) -> Any:
    return Field(description=meaning)


def _whole(default: int | None, low: int, high: int) -> Any:
    return Field(default, ge=low, le=high, description=f"a whole number from {low} to {high}")


def _number(default: float, low: float, high: float) -> Any:
    allowed = f"a number from {low:.12g} to {high:.12g}"
    return Field(default, ge=low, le=high, allow_inf_nan=False, description=allowed)


_PasswordFile = Annotated[
    Path, AfterValidator(_holds_password), Field(description="the path of the file that holds the password")
]
_LogLevel = Annotated[
    Literal["debug", "info", "warning", "error"],
    BeforeValidator(str.lower),
    Field(description="one of debug, info, warning, error"),
]


class _Environment(BaseSettings):
    """Each field is the environment variable of its name; an empty one counts as not set.

    Compose makes an empty variable of `NAME=${UNSET}`.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, str_strip_whitespace=True, str_min_length=1)


class Settings(_Environment):
    """The API's configuration."""

    database_host: str = _text("the host name of PostgreSQL")
    database_port: int = _whole(5432, 1, 65535)
    database_name: str = _text("the name of the database")
    database_user: str = _text("the database role to log in as")
    database_password_file: _PasswordFile
    database_pool_max: int = _whole(10, 1, 100)
    redis_host: str = _text("the host name of Redis")
    redis_port: int = _whole(6379, 1, 65535)
    redis_password_file: _PasswordFile | None = None
    cache_ttl_seconds: int = _whole(60, 1, 86400)
    port: int = _whole(8000, 1, 65535)
    log_level: _LogLevel = "info"
    demo_faults: bool = Field(False, description="on or off")
    demo_slow_seconds: float = _number(3.0, 0.0, 60.0)

    @property
    def database_password(self) -> str:
        """The password of the database role."""
        return _password(self.database_password_file)

    @property
    def redis_password(self) -> str | None:
        """The password of Redis, if it has one."""
        return _password(self.redis_password_file) if self.redis_password_file else None


class TrafficSettings(_Environment):
    """The traffic generator's configuration. Shares are 0 to 1 of all requests; 0 seconds are for ever."""

    target_url: HttpUrl = _text("the http or https address of the memory API, such as http://memory-service:8000")
    requests_per_second: float = _number(5.0, 0.01, 1000.0)
    error_share: float = _number(0.01, 0.0, 1.0)
    slow_share: float = _number(0.0, 0.0, 1.0)
    slow_database_share: Annotated[float, AfterValidator(_shares_fit)] = _number(0.0, 0.0, 1.0)
    duration_seconds: float = _number(0.0, 0.0, 31_536_000.0)
    seed: int | None = _whole(None, 0, 2**32 - 1)
    port: int = _whole(8001, 1, 65535)
    log_level: _LogLevel = "info"


class RecorderSettings(_Environment):
    """The recorder's configuration."""

    port: int = _whole(8002, 1, 65535)
    log_level: _LogLevel = "info"


_Read = TypeVar("_Read", bound=_Environment)


def read_settings(model: type[_Read]) -> _Read:
    """Read the settings of one of the programs from the environment.

    Raises:
        SettingsError: names every mistake of the environment.
    """
    mistakes = [
        f"{name}: passwords are read from files only; give the path in {name}_FILE"
        for name in (field.upper().removesuffix("_FILE") for field in model.model_fields if field.endswith("_file"))
        if os.environ.get(name)
    ]
    settings = None
    try:
        settings = model()
    except ValidationError as error:
        mistakes += [_mistake(detail, model) for detail in error.errors()]
    if settings is None or mistakes:
        raise SettingsError(mistakes)
    return settings


def _mistake(detail: ErrorDetails, model: type[_Environment]) -> str:
    name = str(detail["loc"][0])
    allowed = model.model_fields[name].description
    match detail["type"]:
        case "missing":
            problem = f"is not set; give {allowed}"
        case "value_error":
            problem = str(detail["ctx"]["error"])
        case _:
            problem = f"{detail['input']!r} is not {allowed}"
    return f"{name.upper()}: {problem}"
