"""The pages that alerts link to: the Markdown of `runbooks/`, made out for one stack, as HTML.

A page has the commands of the stack's own runtime, the stack's own names in them, and who is told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from html import escape

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from catalog.plan import MonitoringPlan
from catalog.runbooks import GUIDE, meaning, runbook_text
from components.endpoints import ALERTMANAGER, PROMETHEUS, VIEWER, Endpoint
from components.links import base
from components.runbook_told import told
from workloads.place import Place

# A block of commands for one runtime: ```sh docker
_BLOCK = re.compile(r"^ *```\w+ (?P<runtime>\w+)\n.*?^ *```\n", re.MULTILINE | re.DOTALL)
# One command for each of two runtimes: `docker …` / `kubectl …`
_EITHER = re.compile(r"(?P<docker>`docker [^`]+`) / (?P<kubernetes>`kubectl [^`]+`)")
# The stack's own stands above it.
_SHIPPED_SEVERITY = re.compile(r"^Severity \w+\. ", re.MULTILINE)
_PAGE_LINK = re.compile(r"\]\((\w+)\.md\)")
_TITLES = {VIEWER.workload: "Dashboards"}
_SEVERITIES = ("critical", "high", "warning", "info", "none")

_STYLE = """\
:root { color-scheme: light dark; --line: #8885; --soft: #8882; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --link: #8ab4f8; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 0 auto; padding: 0 1rem 3rem; }
nav { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; padding: .8rem 0; border-bottom: 1px solid var(--line); }
a { color: var(--link); }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 1.6rem 0 .4rem; }
code { background: var(--soft); border-radius: 3px; padding: .1em .25em; overflow-wrap: anywhere; }
pre { background: var(--soft); border-radius: 6px; padding: .7rem; white-space: pre-wrap; }
pre code { background: none; padding: 0; }
ol, ul { padding-left: 1.3rem; }
li { margin: .4rem 0; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
.severity { font-size: .75rem; border: 1px solid; border-radius: 1em; padding: .1em .6em; white-space: nowrap; }
.critical { color: #d93025; } .high { color: #d9730d; } .warning { color: #a67c00; } .info, .none { color: #888; }
"""


@dataclass(frozen=True)
class _Alert:
    """An alert of the stack: the file of rules it is in, and its severities, which overrides may make several."""

    name: str
    group: str
    severities: tuple[str, ...]


def pages(plan: MonitoringPlan, place: Place, dashboards: Endpoint | None) -> dict[str, str]:
    """Every page by file name: one for each alert of the stack, the guide, an index and the style.

    Args:
        dashboards: where there are some to link to; None: nowhere.
    """
    alerts = _alerts(plan)
    links = _links(place, dashboards)
    names = frozenset(alerts)
    who = {group: told(plan, group) for group in dict.fromkeys(alert.group for alert in alerts.values())}
    made = {
        f"{alert.name}.html": _page(plan, alert.name, links, _body(names, plan, place, alert) + who[alert.group])
        for alert in alerts.values()
    }
    guide = _rendered(_made_out(_without_title(runbook_text(GUIDE)), plan, place), names) + _services(plan)
    return {
        **made,
        f"{GUIDE}.html": _page(plan, "How to ask", links, guide),
        "index.html": _page(plan, "Runbooks", links, "\n".join(_index(plan, alerts.values()))),
        "style.css": _STYLE,
    }


def _alerts(plan: MonitoringPlan) -> Mapping[str, _Alert]:
    """Every alert that this stack has, by name, in the order of its rules."""
    found: dict[str, _Alert] = {}
    for file, text in plan.rule_files.items():
        for name, severity in _severities(text):
            alert = found.setdefault(name, _Alert(name, file.removesuffix(".rules.yml"), ()))
            if severity not in alert.severities:
                found[name] = replace(alert, severities=(*alert.severities, severity))
    return found


@lru_cache(maxsize=256)
def _severities(text: str) -> tuple[tuple[str, str], ...]:
    """Name and severity of each alert of a rule file; most stacks have most files alike."""
    rules = [rule for group in yaml.load(text, yaml.CSafeLoader)["groups"] for rule in group["rules"]]
    return tuple((rule["alert"], rule["labels"]["severity"]) for rule in rules if "alert" in rule)


def _links(place: Place, dashboards: Endpoint | None) -> dict[str, str]:
    shown = (*([dashboards] if dashboards else []), PROMETHEUS, ALERTMANAGER)
    programs = {_TITLES.get(one.workload, one.workload.capitalize()): base(place, one.workload) for one in shown}
    return {"All runbooks": "index.html", "How to ask": f"{GUIDE}.html", **programs}


# A command describes its stack several times, and pages are most of the work; this holds those of several stacks.
@lru_cache(maxsize=2048)
def _rendered(text: str, alerts: frozenset[str], own: str | None = None) -> str:
    """Markdown as HTML; `own` is the alert that the page is about, which does not lead to itself."""
    return str(_markdown(alerts).render(text, {"own": own}))


@cache
def _markdown(alerts: frozenset[str]) -> MarkdownIt:
    """CommonMark and tables; HTML in a page is shown as text. Names of alerts lead to their pages."""
    names = re.compile(rf"\b({'|'.join(sorted(alerts, key=len, reverse=True))})\b") if alerts else None

    def text(_renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: object, env: object) -> str:
        written = escape(tokens[index].content)
        linked = index and tokens[index - 1].type == "link_open"
        if names is None or linked:
            return written
        own = env.get("own") if isinstance(env, dict) else None
        return names.sub(lambda found: found[0] if found[0] == own else _link(f"{found[0]}.html", found[0]), written)

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("text", text)
    return markdown


def _body(names: frozenset[str], plan: MonitoringPlan, place: Place, alert: _Alert) -> str:
    text = _SHIPPED_SEVERITY.sub("", _without_title(runbook_text(alert.name)))
    rendered = _rendered(_made_out(text, plan, place), names, alert.name)
    badges = " ".join(_badge(severity) for severity in alert.severities)
    return f"<p>{badges}</p>\n{rendered}"


def _without_title(text: str) -> str:
    """A page's Markdown without its first line, the heading, which every HTML page has of its own."""
    return text.split("\n", 1)[1]


def _made_out(text: str, plan: MonitoringPlan, place: Place) -> str:
    """A page's Markdown with the commands of one runtime and the names of one stack."""
    own = place.commands
    if own:
        text = _BLOCK.sub(lambda found: found[0] if found["runtime"] == own else "", text)
        text = _EITHER.sub(lambda found: found[own], text)
    words = {
        "stack": plan.stack,
        "prometheus": base(place, PROMETHEUS.workload),
        "alertmanager": base(place, ALERTMANAGER.workload),
        **place.words,
    }
    for word, meant in words.items():
        text = text.replace(f"<{word}>", meant)
    return _PAGE_LINK.sub(r"](\1.html)", text)


def _services(plan: MonitoringPlan) -> str:
    rows = "".join(
        f"<tr><td>{escape(service.name)}</td><td>{escape(service.kind)}</td>"
        f"<td>{escape(str(getattr(service, 'target', None) or ''))}</td><td>{escape(service.owner)}</td></tr>\n"
        for service in plan.settings.services
    )
    head = "<tr><th>service</th><th>kind</th><th>target</th><th>owner</th></tr>\n"
    return f"<h2>Services of this stack</h2>\n<table>\n{head}{rows}</table>\n"


def _index(plan: MonitoringPlan, alerts: Collection[_Alert]) -> Iterator[str]:
    yield f"<p>{len(alerts)} alerts of the stack {escape(plan.stack)}, environment {escape(plan.environment)}.</p>"
    for group in dict.fromkeys(alert.group for alert in alerts):
        yield f"<h2>{escape(group.capitalize())}</h2>\n<ul>"
        inside = [alert for alert in alerts if alert.group == group]
        for alert in sorted(inside, key=lambda alert: (_SEVERITIES.index(alert.severities[0]), alert.name)):
            badges = " ".join(_badge(severity) for severity in alert.severities)
            link, what = _link(f"{alert.name}.html", alert.name), escape(meaning(alert.name).replace("`", ""))
            yield f"<li>{link} {badges}<br>{what}</li>"
        yield "</ul>"


def _page(plan: MonitoringPlan, title: str, links: Mapping[str, str], body: str) -> str:
    shown = " ".join(_link(url, name) for name, url in links.items())
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'">
<link rel="stylesheet" href="style.css">
<title>{escape(title)} · {escape(plan.stack)}</title>
</head>
<body>
<nav>{shown}</nav>
<h1>{escape(title)}</h1>
{body}
</body>
</html>
"""


def _badge(severity: str) -> str:
    return f'<span class="severity {escape(severity)}">{escape(severity)}</span>'


def _link(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>'
