"""Nothing of the stack can be reached from where its runtime does not mean it to be."""

from __future__ import annotations

from functools import partial

from operations.verify.live import Live
from operations.verify.rows import Check, Row, failed, passed


def checks(live: Live) -> list[Check]:
    """One row for the whole stack."""
    return [Check.one(live.health.confinement, partial(_row, live))]


def _row(live: Live, name: str) -> Row:
    exposure = live.health.exposure()
    if exposure.problems:
        return failed(name, f"{'; '.join(exposure.problems)}: run {live.declared.up()}.")
    return passed(name, exposure.counted)
