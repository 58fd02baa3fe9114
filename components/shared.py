"""What several components' configuration has in common."""

from __future__ import annotations

from typing import Any

import yaml

from catalog.plan import BasicAuth
from components.endpoints import Endpoint
from settings.secrets import secret_path
from settings.types import seconds


def to_yaml(document: Any) -> str:
    """Block-style YAML in the order it was written, long lines kept whole so that diffs stay readable.

    By libyaml: it writes the same as PyYAML's own emitter, in a fraction of the time.
    """
    return yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, width=10_000, allow_unicode=True)


def with_dollars_doubled(value: Any) -> Any:
    """A document whose texts are read right by a program that puts variables into them and reads `$$` as a dollar."""
    if isinstance(value, dict):
        return {key: with_dollars_doubled(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_dollars_doubled(inner) for inner in value]
    return value.replace("$", "$$") if isinstance(value, str) else value


def basic_auth(login: BasicAuth) -> dict[str, str]:
    """Prometheus' `basic_auth` for a login whose password is a secret file named after the secret."""
    return {"username": login.username, "password_file": secret_path(login.secret)}


def own_telemetry(endpoint: Endpoint) -> dict[str, Any]:
    """`service.telemetry` of a collector: its own metrics for Prometheus, and its own logs from warnings up."""
    reader = {"pull": {"exporter": {"prometheus": {"host": "0.0.0.0", "port": endpoint.port}}}}
    return {
        "logs": {"level": "warn", "encoding": "json"},
        "metrics": {"level": "normal", "readers": [reader]},
    }


def memory_limiter() -> dict[str, Any]:
    """A collector's processor that refuses data before the container's memory limit ends the process."""
    return {"check_interval": "1s", "limit_percentage": 80, "spike_limit_percentage": 20}


def persistent_queue(batch_bytes: int | None) -> dict[str, Any]:
    """Of a collector's exporter: what could not be sent waits on disk, and is tried again until it can.

    The collector needs the extension `file_storage`.

    Args:
        batch_bytes: bytes of the largest request that is made of what waits, more than any single one; None: each
            request that came in is sent as it came.
    """
    # By bytes: a thousand long records are more than a store takes, which would refuse all of them.
    batch = (
        {"flush_timeout": "200ms", "sizer": "bytes", "min_size": batch_bytes // 8, "max_size": batch_bytes}
        if batch_bytes
        else None
    )
    return {
        "sending_queue": {"storage": "file_storage", "queue_size": 5000, **({"batch": batch} if batch else {})},
        "retry_on_failure": {"enabled": True, "max_elapsed_time": "0s"},
    }


def whole_hours(duration: str) -> str:
    """A settings duration as Go reads it, rounded down to hours."""
    return f"{seconds(duration) // 3600}h"
