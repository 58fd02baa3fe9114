"""Replicas of Alertmanager know each other: else each of them would send every message."""

from __future__ import annotations

from functools import partial

from components.endpoints import ALERTMANAGER
from components.replicas import alertmanagers
from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed


def checks(live: Live) -> list[Check]:
    """One row, where there are several."""
    declared = len(alertmanagers(live.declared.settings))
    return [Check.one("replicas in step", partial(_row, live, declared))] if declared > 1 else []


def _row(live: Live, declared: int, name: str) -> Row:
    found, settled = live.alertmanager.replicas()
    if found == declared and settled:
        return passed(name, f"{declared} of Alertmanager")
    what = "they have not settled yet" if found == declared else f"{ALERTMANAGER.workload} knows {found} of {declared}"
    return not_yet(name, f"{what}: {live.logs(ALERTMANAGER.workload)} says why.")
