"""Asking again what may become true a little later: a target's first scrape, a line on its way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from operations.verify.rows import Check, Row, not_yet, skipped
from runtimes.health import NoAnswerError, NoWayError

_PAUSE_SECONDS = 3.0


class WaitingProgress(AbstractContextManager["WaitingProgress"], Protocol):
    """Told what is going on while nothing is on the screen yet."""

    def asking(self, name: str) -> None:
        """The rows of a check are being asked for."""
        ...

    def waiting(self, rows: Sequence[Row], seconds_left: float) -> None:
        """Some rows are not yet true."""
        ...


def settled(
    checks: Sequence[Check],
    wait: float,
    progress: WaitingProgress,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Row]:
    """Run every check, and those whose failure may pass again until it has, or the wait is over.

    Args:
        wait: seconds after which a failure counts.
    """
    deadline = clock() + wait
    rows: list[list[Row]] = []
    for check in checks:
        progress.asking(check.names[0] if check.names else "")
        rows.append(_answers(check))
    while (pending := [row for found in rows for row in found if row.may_change]) and clock() < deadline:
        progress.waiting(pending, deadline - clock())
        sleep(min(_PAUSE_SECONDS, max(0.0, deadline - clock())))
        for position, check in enumerate(checks):
            if any(row.may_change for row in rows[position]):
                rows[position] = _answers(check)
    return [row for found in rows for row in found]


def _answers(check: Check) -> list[Row]:
    try:
        return check.run()
    except NoWayError as error:
        return [skipped(name, str(error)) for name in check.names]
    except NoAnswerError as error:
        return [not_yet(name, str(error)) for name in check.names]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        problem = f"an answer has another form than expected ({type(error).__name__}: {error}): report this."
        return [not_yet(name, problem) for name in check.names]
