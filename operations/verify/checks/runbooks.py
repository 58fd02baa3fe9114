"""The stack's own pages answer, with the runbooks of its alerts as they are declared."""

from __future__ import annotations

from functools import partial

from alerting.routing import HEARTBEAT
from components.endpoints import RUNBOOKS
from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed

# The list of all, and the page of an alert that every stack has.
_ASKED = ("index.html", f"{HEARTBEAT}.html")


def checks(live: Live) -> list[Check]:
    """One row for all pages."""
    return [Check.one("runbooks", partial(_row, live))]


def _row(live: Live, name: str) -> Row:
    workload = live.declared.workload(RUNBOOKS.workload)
    declared = workload.config.files if workload and workload.config else {}
    api = live.health.api(RUNBOOKS)
    for page in _ASKED:
        if api.text(f"/{page}") != declared.get(page):
            return not_yet(name, f"/{page} is not the page that is declared: run {live.declared.up()}.")
    pages = sum(file.endswith(".html") for file in declared)
    return passed(name, f"{pages} pages declared; {' and '.join(_ASKED)} are served as they are")
