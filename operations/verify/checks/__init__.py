"""What is verified, one topic a file. Each has a `checks(live)`; the order here is the order of the table."""

from __future__ import annotations

from operations.verify.checks import (
    authentication,
    dashboards,
    exposure,
    heartbeat,
    limits,
    logs,
    replicas,
    rules,
    runbooks,
    spans,
    targets,
    workloads,
)
from operations.verify.live import Live
from operations.verify.rows import Check

_TOPICS = (
    workloads,
    targets,
    rules,
    limits,
    logs,
    spans,
    heartbeat,
    replicas,
    runbooks,
    dashboards,
    authentication,
    exposure,
)


def all_checks(live: Live) -> list[Check]:
    """Every check that applies to the stack."""
    return [check for topic in _TOPICS for check in topic.checks(live)]
