"""The variables of a dashboard, with the values that Grafana gives them when it opens it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.stores.panel import Window
from dashboards.queries import GRAFANA_VALUES, Query, substituted, variable_query
from operations.queries.asking import Asking

_ALL = "$__all"
_LABEL = re.compile(r"group by \((\w+)\)")
_SPECIAL = re.compile(r"[$^*{}\[\]'+?.()|\\]")


@dataclass(frozen=True)
class Variable:
    """A variable.

    Attributes:
        options: what can be chosen.
        chosen: what is; empty where there is nothing to choose.
    """

    options: tuple[str, ...]
    chosen: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """What stands for it in a query: a regular expression inside of quotes."""
        return "|".join(_SPECIAL.sub(r"\\\\\g<0>", value) for value in self.chosen)


def resolved(dashboard: Mapping[str, Any], asking: Asking, window: Window) -> dict[str, Variable]:
    """Every variable of a finished dashboard by name, in its order: a later one may depend on those before it.

    Raises:
        NoAnswerError: when a data source does not answer.
        ValueError: when a variable needs another that has no value.
    """
    found: dict[str, Variable] = {}
    for variable in dashboard.get("templating", {}).get("list", []):
        options = _options(dashboard, variable, found, asking, window)
        found[variable["name"]] = Variable(options, _chosen(variable, options))
    return found


def patterns(variables: Mapping[str, Variable]) -> dict[str, str]:
    """What `executable_queries` puts in their place."""
    return {name: variable.pattern for name, variable in variables.items()}


def _options(
    dashboard: Mapping[str, Any],
    variable: Mapping[str, Any],
    known: Mapping[str, Variable],
    asking: Asking,
    window: Window,
) -> tuple[str, ...]:
    if variable["type"] != "query":
        return tuple(str(option["value"]) for option in variable.get("options", []) if option["value"] != _ALL)
    where = f"{dashboard['uid']}: variable {variable['name']}"
    target = substituted(variable_query(variable), {**GRAFANA_VALUES, **patterns(known)}, where)
    label = _LABEL.match(target["expr"])
    if label is None:
        raise ValueError(f"{where}: {variable['query']!r} is no label_values(selector, label).")
    document: Any = asking.ask(Query(where, target), window).document
    values = {series["metric"].get(label[1], "") for series in document["data"]["result"]} - {""}
    wanted = re.compile(variable.get("regex", "").strip("/"))
    return tuple(sorted(value for value in values if wanted.search(value)))


def _chosen(variable: Mapping[str, Any], options: tuple[str, ...]) -> tuple[str, ...]:
    current = variable.get("current", {}).get("value", [])
    values = [str(value) for value in (current if isinstance(current, list) else [current])]
    if _ALL in values:
        return options
    # Grafana takes the first option where none is chosen, and what is written where there are none.
    kept = tuple(value for value in values if value in options or variable["type"] != "query")
    return kept or options[:1]
