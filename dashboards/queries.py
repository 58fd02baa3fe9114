"""Queries with a pinned data source; and every query of a finished dashboard, ready to be executed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.sdk import Builder, Dataquery, common_models, prometheus, prometheus_models
from dashboards.signals import METRICS_SOURCE, LogQuery, LogSource, SourceRef

# What Grafana itself puts in place of its own variables, for a dashboard of the last hour.
GRAFANA_VALUES = {
    "__auto": "1m",
    "__interval": "15s",
    "__interval_ms": "15000",
    "__range": "1h",
    "__range_s": "3600",
    "__rate_interval": "1m",
}
_VARIABLE = re.compile(r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::\w+)?\})")
_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.*),\s*(?P<label>\w+)\s*\)", re.DOTALL)
# They name labels of the answer.
_OF_SERIES = frozenset({"legendFormat"})


def source(ref: SourceRef) -> common_models.DataSourceRef:
    """A reference to a data source, as dashboards carry it."""
    return common_models.DataSourceRef(type_val=ref.type, uid=ref.uid)


def metrics(expr: str, legend: str, *, exemplars: bool = False) -> prometheus.Dataquery:
    """A range of time of PromQL.

    Args:
        expr: PromQL.
        legend: a series' name, with labels as `{{service}}`.
        exemplars: fetch the series' example traces too. Recorded series have none: only raw buckets do.
    """
    query = _prometheus(expr).range().legend_format(legend)
    return query.exemplar(True) if exemplars else query


def metrics_now(expr: str, legend: str) -> prometheus.Dataquery:
    """PromQL at the end of the dashboard's time range, one value for each series."""
    return _prometheus(expr).instant().legend_format(legend)


def metrics_table(expr: str) -> prometheus.Dataquery:
    """PromQL at the end of the dashboard's time range: labels as columns, the value as the column `Value`."""
    return _prometheus(expr).instant().format(prometheus_models.PromQueryFormat.TABLE)


def metrics_heatmap(expr: str) -> prometheus.Dataquery:
    """A range of time of PromQL that has a series for each bucket of a histogram, by the label `le`."""
    return _prometheus(expr).range().format(prometheus_models.PromQueryFormat.HEATMAP).legend_format("{{le}}")


def log_lines(logs: LogSource, query: LogQuery, *, max_lines: int = 500) -> Builder[Dataquery]:
    """The newest log lines that a query finds."""
    return _StoreQuery({"datasource": source(logs.source), **logs.panel_query(query, max_lines)})


def _prometheus(expr: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().datasource(source(METRICS_SOURCE)).expr(expr)


@dataclass
class _StoreQuery(Builder[Dataquery], Dataquery):
    """A query in the language of a store, which says itself what Grafana keeps of it."""

    fields: Mapping[str, Any]

    def build(self) -> Dataquery:
        return self

    def to_json(self) -> dict[str, object]:
        return dict(self.fields)


@dataclass(frozen=True)
class Query:
    """One query of a dashboard, without variables.

    Attributes:
        where: dashboard and panel (or annotation, or variable), for messages.
        target: what Grafana keeps of it: among others its data source, and the letter it has in its panel.
        panel: the panel's id; None for an annotation or a variable.
        may_be_empty: a healthy stack may answer with nothing: the panel says what that means in place of "No data"
            (Grafana's `noValue`), or it is an annotation.
    """

    where: str
    target: Mapping[str, Any]
    panel: int | None = None
    may_be_empty: bool = False

    @property
    def datasource(self) -> str:
        """Uid of the data source."""
        return str(self.target["datasource"]["uid"])

    @property
    def expr(self) -> str:
        """PromQL, or a query in the language of the store of logs; empty for what is no expression."""
        return str(self.target.get("expr", ""))

    @property
    def instant(self) -> bool:
        """Whether Grafana asks for one moment, not for a range of time."""
        return bool(self.target.get("instant", False))

    @property
    def exemplars(self) -> bool:
        """Whether Grafana asks for the exemplars too."""
        return bool(self.target.get("exemplar", False))


def executable_queries(dashboard: Mapping[str, Any], values: Mapping[str, str]) -> list[Query]:
    """Every query that Grafana executes for a finished dashboard: of its panels, annotations and variables.

    Args:
        dashboard: one of `all_dashboards`.
        values: what to put in place of the dashboard's variables, by name; several values as `a|b`, a regular
            expression as Grafana makes one. They win over `GRAFANA_VALUES`.

    Raises:
        ValueError: when a query needs a variable that has no value.
    """
    known = {**GRAFANA_VALUES, **values}
    return [
        Query(where, substituted(target, known, where), panel, may_be_empty)
        for part, target, panel, may_be_empty in _targets(dashboard)
        for where in [f"{dashboard['uid']}: {part}"]
    ]


def panels_of(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every panel of a finished dashboard, also those in collapsed rows; rows themselves are none."""
    for panel in dashboard.get("panels", []):
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def variable_query(variable: Mapping[str, Any]) -> dict[str, Any]:
    """What asks for the values of a variable that has a query: series that have each of them as a label."""
    return {"datasource": variable["datasource"], "expr": _executable(variable["query"]), "instant": True}


def _targets(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], int | None, bool]]:
    """Each with where it stands, of a panel the panel's id, and whether it may be answered with nothing."""
    for variable in dashboard.get("templating", {}).get("list", []):
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable_query(variable), None, False
    for annotation in dashboard.get("annotations", {}).get("list", []):
        if "target" in annotation:
            yield f"annotation {annotation['name']}", annotation["target"], None, True
    for panel in panels_of(dashboard):
        may_be_empty = "noValue" in panel["fieldConfig"]["defaults"]
        for target in panel.get("targets", []):
            if not target.get("hide", False):
                yield panel["title"], target, panel["id"], may_be_empty


def _executable(query: str) -> str:
    """Grafana's `label_values(selector, label)`, which is no PromQL, as PromQL that finds the same labels."""
    values = _LABEL_VALUES.fullmatch(query)
    return f"group by ({values['label']}) ({values['selector']})" if values else query


def substituted(target: Mapping[str, Any], values: Mapping[str, str], where: str) -> dict[str, Any]:
    """What Grafana keeps of a query, with values in place of variables; names of series keep theirs.

    Raises:
        ValueError: when it needs a variable that has no value.
    """

    def value(variable: re.Match[str]) -> str:
        name = variable["plain"] or variable["braced"]
        if name not in values:
            raise ValueError(f"{where}: no value for the variable {name}")
        return values[name]

    return {
        key: _VARIABLE.sub(value, text) if isinstance(text, str) and key not in _OF_SERIES else text
        for key, text in target.items()
    }
