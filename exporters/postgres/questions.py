"""Questions to a database, and the metrics that their answers are. Nothing here connects to anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from prometheus_client.core import GaugeMetricFamily, Metric, UnknownMetricFamily

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """One statement. A column that is no label makes a metric, named after the question and the column.

    Attributes:
        everywhere: asked in every database, and not only in the main one.
        labels: columns that tell rows apart.
        values: the other columns, each with its usage (GAUGE, COUNTER) and its description.
    """

    name: str
    query: str
    everywhere: bool
    labels: tuple[str, ...]
    values: Mapping[str, tuple[str, str]]


def questions(text: str) -> tuple[Question, ...]:
    """The questions of a file: `query`, `master` and `metrics` by name, as postgres_exporter has them."""
    found = []
    for name, said in yaml.safe_load(text).items():
        columns = {column: told for entry in said["metrics"] for column, told in entry.items()}
        labels = tuple(column for column, told in columns.items() if told["usage"] == "LABEL")
        values = {
            column: (told["usage"], told["description"]) for column, told in columns.items() if column not in labels
        }
        found.append(Question(name, said["query"], not said.get("master", False), labels, values))
    return tuple(found)


def families(question: Question, rows: Iterable[Row]) -> Iterator[Metric]:
    """The metrics of an answer, or of those of several databases. What is NULL is left out.

    A counter keeps the name that its column gives it: upstream's exporter does not append `_total` either.
    """
    rows = list(rows)
    for column, (usage, description) in question.values.items():
        family = GaugeMetricFamily if usage == "GAUGE" else UnknownMetricFamily
        metric = family(f"{question.name}_{column}", description, labels=question.labels)
        for row in rows:
            if row[column] is not None:
                metric.add_metric([_text(row[label]) for label in question.labels], float(row[column]))
        if metric.samples:
            yield metric


def _text(value: object) -> str:
    return "" if value is None else str(value)
