"""Pages that need nothing but themselves: the viewer, dashboards and their data in one file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from typing import Any

from components.datasource import DataSource
from components.viewer import page_document
from operations.target import ROOT

_VIEWER = ROOT / "viewer"
# Nothing is fetched: what a page shows is in it, and what it must not have is refused.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; font-src data:; img-src data:;"
    " base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Shown:
    """A dashboard with its data.

    Attributes:
        dashboard: a finished one.
        recorded: the answers to its queries (`Answers.document`).
        note: what stands beside its title.
    """

    dashboard: Mapping[str, Any]
    recorded: Mapping[str, Any]
    note: str = ""

    def noted(self, note: str) -> Shown:
        """The same with a note."""
        return replace(self, note=note)


def page(
    stack: str,
    dashboards: Iterable[Mapping[str, Any]],
    sources: Iterable[DataSource],
    shown: Sequence[Shown] = (),
    theme: str | None = None,
) -> str:
    """A page as HTML.

    Args:
        stack: whose it is.
        dashboards: all that there are, for the list.
        sources: the data sources that queries name.
        shown: what it shows, beside each other; nothing: the list.
        theme: dark or light; None: as the reader's system is.
    """
    document = {
        **page_document(stack, dashboards, sources),
        "shown": [vars(one) for one in shown],
        **({"theme": theme} if theme else {}),
    }
    title = shown[0].dashboard["title"] if shown else "Dashboards"
    script, style = _viewer()
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(f'{title} · {stack}')}</title><style>body{{margin:0}}{style}</style></head>"
        '<body><div id="root"></div>'
        f'<script type="application/json" id="page">{_embedded(document)}</script>'
        f"<script>{script}</script></body></html>\n"
    )


@cache
def _viewer() -> tuple[str, str]:
    """The viewer's program, as it may stand inside of a page, and its style."""
    script = (_VIEWER / "viewer.js").read_text(encoding="utf-8")
    style = (_VIEWER / "viewer.css").read_text(encoding="utf-8")
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--"), style


def _embedded(document: object) -> str:
    """JSON that no text in it can end."""
    return json.dumps(document, separators=(",", ":")).replace("<", "\\u003c")
