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
        datasource: uid of the data source.
        expr: PromQL, or a query in the language of the store of logs.
        instant: Grafana asks for one moment, not for a range of time.
        exemplars: Grafana asks for the exemplars too.
        may_be_empty: a healthy stack may answer with nothing: the panel says what that means in place of "No data"
            (Grafana's `noValue`), or it is an annotation.
    """

    where: str
    datasource: str
    expr: str
    instant: bool = False
    exemplars: bool = False
    may_be_empty: bool = False


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
        Query(
            where=f"{dashboard['uid']}: {part}",
            datasource=target["datasource"]["uid"],
            expr=_substituted(target["expr"], known, f"{dashboard['uid']}: {part}"),
            instant=target.get("instant", False),
            exemplars=target.get("exemplar", False),
            may_be_empty=may_be_empty,
        )
        for part, target, may_be_empty in _targets(dashboard)
    ]


def panels_of(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every panel of a finished dashboard, also those in collapsed rows; rows themselves are none."""
    for panel in dashboard.get("panels", []):
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def _targets(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Where a query stands, the query, and whether it may be answered with nothing."""
    for variable in dashboard.get("templating", {}).get("list", []):
        if variable["type"] == "query":
            yield (
                f"variable {variable['name']}",
                {**variable, "expr": _executable(variable["query"]), "instant": True},
                False,
            )
    for annotation in dashboard.get("annotations", {}).get("list", []):
        if "target" in annotation:
            yield f"annotation {annotation['name']}", annotation["target"], True
    for panel in panels_of(dashboard):
        may_be_empty = "noValue" in panel["fieldConfig"]["defaults"]
        for target in panel.get("targets", []):
            if not target.get("hide", False):
                yield panel["title"], target, may_be_empty


def _executable(query: str) -> str:
    """Grafana's `label_values(selector, label)`, which is no PromQL, as PromQL that finds the same labels."""
    values = _LABEL_VALUES.fullmatch(query)
    return f"group by ({values['label']}) ({values['selector']})" if values else query


def _substituted(expr: str, values: Mapping[str, str], where: str) -> str:
    def value(variable: re.Match[str]) -> str:
        name = variable["plain"] or variable["braced"]
        if name not in values:
            raise ValueError(f"{where}: no value for the variable {name}")
        return values[name]

    return _VARIABLE.sub(value, expr)
