"""The correlation ID: one identifier for all that one call causes, in logs, traces and the response."""

from __future__ import annotations

import re

from uuid_utils.compat import uuid7

HEADER = "X-Correlation-ID"
SPAN_ATTRIBUTE = "correlation.id"

# What a caller may choose ends up in log lines and in other people's searches: no spaces, quotes, control
# characters or markup, and short enough not to bloat every line.
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,128}")


def new_correlation_id() -> str:
    """A fresh UUIDv7: unique, and sortable by the time it was made."""
    return str(uuid7())


def accept_correlation_id(value: str | None) -> str:
    """The caller's ID when it is 1 to 128 of `A-Z a-z 0-9 . _ -`, otherwise a fresh one.

    Args:
        value: the header's value, None when the caller sent none.
    """
    if value is not None and _ACCEPTED.fullmatch(value):
        return value
    return new_correlation_id()
