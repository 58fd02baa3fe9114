"""Writing a page for each dashboard, and one for each that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.datasource import DataSource
from components.stores.panel import Window
from operations.dashboards.answers import answers
from operations.dashboards.pages import Shown, page
from operations.queries.asking import Asking
from runtimes.console import note
from runtimes.files import replace_file


@dataclass(frozen=True)
class Drawing:
    """What is drawn.

    Attributes:
        stack: its name.
        dashboards: finished ones by uid.
        sources: the data sources that their queries name.
        asking: who answers the queries.
        window: the time that they are about.
        theme: dark or light; None: as the reader's system is.
    """

    stack: str
    dashboards: Mapping[str, Mapping[str, Any]]
    sources: Sequence[DataSource]
    asking: Asking
    window: Window
    theme: str | None = None

    def page(self, *shown: Shown) -> str:
        """A page of dashboards beside each other, or the list of all."""
        return page(self.stack, self.dashboards.values(), self.sources, shown, self.theme)


def write_pages(
    drawing: Drawing, folder: Path, before: Mapping[str, Mapping[str, Any]] | None = None, revision: str = ""
) -> tuple[list[Path], tuple[str, ...]]:
    """Write `index.html`, `<uid>.html` for each dashboard, and `compare-<uid>.html` for each that changed.

    Args:
        drawing: what is drawn.
        folder: where to; it is made when it is not there.
        before: the dashboards as they were, to compare with.
        revision: what that was.

    Returns:
        The pages, and what was refused, a sentence each.

    Raises:
        NoAnswerError: when nobody can say what a variable may be.
    """
    written = {folder / "index.html": drawing.page()}
    problems: list[str] = []
    after: dict[str, Shown] = {}
    for uid, dashboard in drawing.dashboards.items():
        after[uid] = _drawn(drawing, dashboard, problems)
        written[folder / f"{uid}.html"] = drawing.page(after[uid])
    for uid in sorted({*(before or {}), *(drawing.dashboards if before is not None else {})}):
        old = (before or {}).get(uid)
        if old != drawing.dashboards.get(uid):
            sides = [
                *([_drawn(drawing, old, problems, f"before: {revision}")] if old else []),
                *([after[uid].noted("after" if old else "new")] if uid in after else []),
            ]
            written[folder / f"compare-{uid}.html"] = drawing.page(*sides)
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in written.items():
        replace_file(path, text)
    return [*written], tuple(dict.fromkeys(problems))


def _drawn(drawing: Drawing, dashboard: Mapping[str, Any], problems: list[str], noted: str = "") -> Shown:
    found = answers(dashboard, drawing.asking, drawing.window)
    note(f"{dashboard['uid']}{f', {noted}' if noted else ''}: queries executed {found.queries}")
    problems += found.problems
    return Shown(dashboard, found.document, noted)
