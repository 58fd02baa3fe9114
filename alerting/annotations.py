"""Templates of alert annotations: what Prometheus fills in, as Grafana does.

Prometheus gives a template the alert's value, and lets it ask for other series. Grafana gives it the value of each
query of the rule, joined by labels: what a template asks for becomes a query of the rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

VALUE = "A"
"""The query that is the alert's own expression. B and C turn what it returns into a condition."""
_FIRST = "D"
_QUERY = r'query \(printf "((?:\\.|[^"\\])*)"((?: \$\w+(?:\.\w+)?)+)\)'
_WITH = re.compile(rf"\{{\{{ with {_QUERY} \}}\}}(.*?)\{{\{{ end \}}\}}")
_IF = re.compile(rf"\{{\{{ if {_QUERY} \}}\}}(.*?)(?:\{{\{{ else \}}\}}(.*?))?\{{\{{ end \}}\}}")
_RANGE = re.compile(rf"\{{\{{ range {_QUERY}[^{{}}]* \}}\}}.*?\{{\{{ end \}}\}}", re.DOTALL)
_ASKED = re.compile(r"(\w+)=%q")
_SHOWN = re.compile(r"\{\{ ([^{}]*\$value\b[^{}]*) \}\}")
_OWN_VALUE = re.compile(r"\$value\b")


@dataclass(frozen=True)
class Annotations:
    """The annotations of a rule as Grafana reads them.

    Attributes:
        texts: by name.
        queries: PromQL of what they show besides the alert's value, by the name that they know it by.
    """

    texts: Mapping[str, str]
    queries: Mapping[str, str]


def in_grafana(annotations: Mapping[str, str]) -> Annotations:
    """Annotations of Prometheus, for Grafana.

    A figure that is asked for becomes a query. What lists series, or says one thing or another by whether there is one,
    Grafana cannot say: instead of a list stands where to find it, and both of two words.

    Args:
        annotations: templates by name, as a rule file has them.
    """
    names: dict[str, str] = {}
    texts = {name: _text(template, names) for name, template in annotations.items()}
    return Annotations(texts, {name: query for query, name in names.items()})


def _text(template: str, names: dict[str, str]) -> str:
    """The template, its queries added to `names`."""

    def figure(found: re.Match[str]) -> str:
        query = _series(found[1])
        name = names.setdefault(query, chr(ord(_FIRST) + len(names)))
        return f"{{{{ with $values.{name} }}}}{found[3].replace('. | first | value', '.Value')}{{{{ end }}}}"

    text = _WITH.sub(figure, template)
    text = _IF.sub(lambda found: f"{found[3]} or {found[4]}" if found[4] else "", text)
    text = _RANGE.sub(" see its dashboard", text)
    return _SHOWN.sub(_own_value, text)


def _own_value(found: re.Match[str]) -> str:
    """What shows the alert's value. A rule without data has none, and Grafana would log an error for each of these."""
    shown = _OWN_VALUE.sub(".Value", found[1])
    return f"{{{{ with $values.{VALUE} }}}}{{{{ {shown} }}}}{{{{ end }}}}"


def _series(selector: str) -> str:
    """What a selector of one alert's labels finds, for all alerts at once.

    Grafana joins a query with an alert that has all of its labels. A query without any result would count as no data
    for the whole rule, so that it would never fire: then it is not a number.
    """
    selector = selector.replace('\\"', '"')
    labels = ", ".join(_ASKED.findall(selector))
    series = re.sub(rf"{_ASKED.pattern},?", "", selector).replace(",}", "}").replace("{}", "")
    return f"max by ({labels}) ({series}) or on () vector(NaN)"
