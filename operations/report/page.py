"""The report as one page of HTML: nothing is fetched, no program runs, it reads on a phone and prints."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt

from operations.report.written import Part

_STYLE = """\
:root { color-scheme: light dark; --line: #8885; --ink: #0b57d0; --bad: #d93025; }
@media (prefers-color-scheme: dark) { :root { --ink: #8ab4f8; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 0 1rem 3rem; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .4rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; display: block; overflow-x: auto; font-size: .9rem; }
td, th { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); }
td { min-width: 5.5rem; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; break-inside: avoid; }
figcaption { font-size: .9rem; }
figure { overflow-x: auto; }
svg { width: 100%; min-width: 34rem; max-width: 56rem; height: auto; display: block; }
svg text { font-size: 13px; fill: currentColor; opacity: .75; }
.axis { stroke: var(--line); }
.limit { stroke: var(--bad); stroke-dasharray: 4 3; }
.line { fill: none; stroke: var(--ink); stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
"""


def page(title: str, parts: Sequence[Part]) -> str:
    """The whole document."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    body = "\n".join("\n".join([markdown.render(part.text), *part.plots]) for part in parts)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>
{_STYLE}</style>
</head>
<body>
{body}
</body>
</html>
"""
