"""What standard error shows while rows are asked for: one changing line, or a few where none can change."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.status import Status

from operations.verify.rows import Row
from runtimes.console import counted

_QUIET_SECONDS = 15.0


class ConsoleProgress:
    """Writes to a console. On a terminal the line is replaced; in a log one is added when there is news."""

    def __init__(self, console: Console, stack: str) -> None:
        self._console = console
        self._stack = stack
        self._status = Status(f"Asking stack {stack}", console=console) if console.is_terminal else None
        self._last: tuple[float, frozenset[str]] = (0.0, frozenset())

    def __enter__(self) -> ConsoleProgress:
        if self._status:
            self._status.start()
        else:
            self._write(f"Asking stack {self._stack}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def asking(self, name: str) -> None:
        """Shown on a terminal only: all of it takes a few seconds."""
        if self._status:
            self._status.update(f"Asking: {name}")

    def waiting(self, rows: Sequence[Row], seconds_left: float) -> None:
        """How many rows are not yet true, one of them, and how long is left."""
        names = frozenset(row.name for row in rows)
        sentence = f"Waiting up to {seconds_left:.0f} s for {counted(len(rows), 'row')}: {rows[0].name}"
        sentence += f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        if self._status:
            self._status.update(sentence)
            return
        then, before = self._last
        if names != before or time.monotonic() - then >= _QUIET_SECONDS:
            self._last = (time.monotonic(), names)
            self._write(sentence)

    def _write(self, sentence: str) -> None:
        self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)
