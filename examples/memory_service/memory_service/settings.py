"""What the two programs read from the environment, checked as a whole before anything is started.

Every mistake is named in one error, so that a deployment is corrected in one round. Passwords are read from
files only: an environment variable is shown by `docker inspect` and handed on to every child process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

LOG_LEVELS = ("debug", "info", "warning", "error")

_Parsed = TypeVar("_Parsed", int, float)


class SettingsError(ValueError):
    """The environment does not make a usable configuration.

    Args:
        mistakes: one line each, `NAME: what is wrong and what is allowed`; kept as `mistakes`.
    """

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        super().__init__("\n".join([f"the environment has {count}:", *(f"- {line}" for line in self.mistakes)]))


@dataclass(frozen=True)
class Settings:
    """The API's configuration. Durations are seconds."""

    database_host: str
    database_name: str
    database_user: str
    database_password: str = field(repr=False)
    redis_host: str
    database_port: int = 5432
    database_pool_max: int = 10
    redis_port: int = 6379
    redis_password: str | None = field(default=None, repr=False)
    cache_ttl: int = 60
    port: int = 8000
    log_level: str = "info"
    demo_faults: bool = False
    demo_slow: float = 3.0


@dataclass(frozen=True)
class TrafficSettings:
    """The traffic generator's configuration. Shares are 0 to 1 of all requests."""

    target_url: str
    requests_per_second: float = 5.0
    error_share: float = 0.01
    slow_share: float = 0.0
    slow_database_share: float = 0.0
    duration: float = 0.0
    seed: int | None = None
    port: int = 8001
    log_level: str = "info"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the API's settings.

    Raises:
        SettingsError: names every mistake of the environment.
    """
    read = _Reader(environ)
    for name in ("DATABASE_PASSWORD", "REDIS_PASSWORD"):
        read.refuse(name, f"passwords are read from files only; give the path in {name}_FILE")
    settings = Settings(
        database_host=read.text("DATABASE_HOST", "the host name of PostgreSQL"),
        database_port=read.whole("DATABASE_PORT", 5432, 1, 65535),
        database_name=read.text("DATABASE_NAME", "the name of the database"),
        database_user=read.text("DATABASE_USER", "the database role to log in as"),
        database_password=read.secret("DATABASE_PASSWORD_FILE", required=True) or "",
        database_pool_max=read.whole("DATABASE_POOL_MAX", 10, 1, 100),
        redis_host=read.text("REDIS_HOST", "the host name of Redis"),
        redis_port=read.whole("REDIS_PORT", 6379, 1, 65535),
        redis_password=read.secret("REDIS_PASSWORD_FILE", required=False),
        cache_ttl=read.whole("CACHE_TTL_SECONDS", 60, 1, 86400),
        port=read.whole("PORT", 8000, 1, 65535),
        log_level=read.choice("LOG_LEVEL", "info", LOG_LEVELS),
        demo_faults=read.choice("DEMO_FAULTS", "off", ("on", "off")) == "on",
        demo_slow=read.number("DEMO_SLOW_SECONDS", 3.0, 0.0, 60.0),
    )
    read.finish()
    return settings


def read_traffic_settings(environ: Mapping[str, str]) -> TrafficSettings:
    """Read the traffic generator's settings.

    Raises:
        SettingsError: names every mistake of the environment.
    """
    read = _Reader(environ)
    settings = TrafficSettings(
        target_url=read.url("TARGET_URL", "the address of the memory API, such as http://memory-service:8000"),
        requests_per_second=read.number("REQUESTS_PER_SECOND", 5.0, 0.01, 1000.0),
        error_share=read.number("ERROR_SHARE", 0.01, 0.0, 1.0),
        slow_share=read.number("SLOW_SHARE", 0.0, 0.0, 1.0),
        slow_database_share=read.number("SLOW_DATABASE_SHARE", 0.0, 0.0, 1.0),
        duration=read.number("DURATION_SECONDS", 0.0, 0.0, 31_536_000.0),
        seed=read.whole("SEED", 0, 0, 2**32 - 1) if environ.get("SEED") else None,
        port=read.whole("PORT", 8001, 1, 65535),
        log_level=read.choice("LOG_LEVEL", "info", LOG_LEVELS),
    )
    shares = settings.error_share + settings.slow_share + settings.slow_database_share
    # The tolerance is for sums such as 0.7 + 0.2 + 0.1, which floating point puts just above one.
    if shares > 1.0 + 1e-9:
        read.add(
            "ERROR_SHARE",
            f"with SLOW_SHARE and SLOW_DATABASE_SHARE it makes {shares:g}; the sum is at most 1",
        )
    read.finish()
    return settings


class _Reader:
    """Reads variables one by one and remembers what is wrong with them.

    An empty variable counts as not set, because that is what Compose makes of `NAME=${UNSET}`.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._mistakes: list[str] = []

    def add(self, name: str, problem: str) -> None:
        self._mistakes.append(f"{name}: {problem}")

    def finish(self) -> None:
        if self._mistakes:
            raise SettingsError(self._mistakes)

    def refuse(self, name: str, reason: str) -> None:
        if self._environ.get(name):
            self.add(name, reason)

    def text(self, name: str, meaning: str) -> str:
        value = self._environ.get(name, "").strip()
        if not value:
            self.add(name, f"is not set; give {meaning}")
        return value

    def url(self, name: str, meaning: str) -> str:
        value = self.text(name, meaning).rstrip("/")
        if not value:
            return value
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            self.add(name, f"{value!r} is not an http or https address; give {meaning}")
        return value

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        value = self._environ.get(name, "").strip().lower() or default
        if value not in allowed:
            self.add(name, f"{value!r} is not one of {', '.join(allowed)}")
        return value

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        return self._within(name, default, low, high, int, "a whole number")

    def number(self, name: str, default: float, low: float, high: float) -> float:
        return self._within(name, default, low, high, float, "a number")

    def _within(
        self,
        name: str,
        default: _Parsed,
        low: _Parsed,
        high: _Parsed,
        parse: Callable[[str], _Parsed],
        kind: str,
    ) -> _Parsed:
        value = self._environ.get(name, "").strip()
        if not value:
            return default
        try:
            parsed = parse(value)
        except ValueError:
            parsed = None
        # Written so that nan, which compares false with everything, is refused too.
        if parsed is not None and low <= parsed <= high:
            return parsed
        self.add(name, f"{value!r} is not {kind} from {low:.12g} to {high:.12g}")
        return default

    def secret(self, name: str, *, required: bool) -> str | None:
        """The content of the file that `name` points to, without the newline that editors append."""
        path = self._environ.get(name, "").strip()
        if not path:
            if required:
                self.add(name, "is not set; give the path of the file that holds the password")
            return None
        try:
            value = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            self.add(name, f"cannot read {path!r}: {error.strerror}")
            return None
        except UnicodeDecodeError:
            self.add(name, f"cannot read {path!r}: it is not UTF-8 text")
            return None
        if not value:
            self.add(name, f"{path!r} is empty")
            return None
        return value
