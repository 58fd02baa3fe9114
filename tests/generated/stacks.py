"""Stack files as somebody could have written them: services of every kind, with what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml
from hypothesis import strategies as st

from catalog import kinds
from program.known import known
from references.schema import stack_schema
from settings.service import OWN_PROBER, SCRAPE_FIELDS, MeteredService
from settings.stackfile import PROJECT
from tests.generated.values import Schema, some_of, value_of, values

# What entries say of each other, or of which they have exactly one: chosen below, for the whole file together.
_CHOSEN = frozenset(
    {
        *("name", "kind", "target", "discover", "otlp", "metrics_from", "depends_on", "runs_on", "owner", "alerts"),
        *("containers", "compose", "probers"),
    }
)
_SECTIONS = (
    "prometheus",
    "retention",
    "grafana",
    "docker",
    "images",
    "links",
    "demo",
    "logs",
    "traces",
    "environment",
    "otlp",
)
# A stack with these has what the file need not say, or a provider that nobody is asked of here.
_LEFT_OUT = frozenset({"content", "alerting", "source", "store", "enabled"})


@cache
def _schema() -> tuple[Mapping[str, Schema], Mapping[str, Schema]]:
    schema = stack_schema()
    sections = schema["properties"]["config"]["properties"]
    return {key.removeprefix(f"{PROJECT}:"): section for key, section in sections.items()}, schema["$defs"]


@st.composite
def stacks(draw: st.DrawFn) -> dict[str, Any]:
    """The content of a stack file, by key without the project's prefix; secrets among them."""
    sections, definitions = _schema()
    count = draw(st.integers(1, 5))
    names = [f"s{number}" for number in range(count)]
    services: list[dict[str, Any]] = []
    for name in names:
        services.append(draw(_services(name, services)))
    stack: dict[str, Any] = {"services": services}
    for key in draw(st.lists(st.sampled_from(_SECTIONS), max_size=3, unique=True)):
        stack[key] = draw(_section(sections[key], definitions))
    if any("docker" in service.get("discover", {}) for service in services):
        stack["docker"] = {"socket_group": 999, "networks": ["shop_default"], **stack.get("docker", {})}
    if draw(st.booleans()):
        receiver = draw(values(sections["receivers"], definitions).filter(lambda found: len(found) == 1))
        (name,) = receiver
        stack |= {"receivers": receiver, "alerting": {"default": name}}
    return stack | {secret: {"secure": "v1:x"} for secret in _secrets(stack)}


def _section(schema: Schema, definitions: Mapping[str, Schema]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    return some_of(schema, definitions, but=_LEFT_OUT) if "properties" in schema else values(schema, definitions)


@st.composite
def _services(draw: st.DrawFn, name: str, others: list[dict[str, Any]]) -> dict[str, Any]:
    _, definitions = _schema()
    # Evenly: Hypothesis itself prefers the first.
    names = sorted(kinds())
    kind = kinds()[names[draw(st.integers(0, 2**32)) % len(names)]]
    schema = definitions[kind.settings.__name__]
    entry = {"name": name, "kind": kind.name, **draw(some_of(schema, definitions, but=_CHOSEN))}
    fields, model = schema["properties"], kind.settings
    programs = [other["name"] for other in others if kinds()[other["kind"]].settings.program and "target" in other]
    sources = [source for source in getattr(model, "sources", ()) if source != "metrics_from" or programs]
    if sources:
        source = draw(st.sampled_from(sources))
        entry[source] = (
            draw(st.sampled_from(programs))
            if source == "metrics_from"
            else draw(value_of(source, fields[source], definitions, 0))
        )
    if "target" in fields and "target" not in sources:
        entry["target"] = draw(values(fields["target"], definitions))
    if issubclass(model, MeteredService) and "metrics_from" in entry:
        entry = {key: value for key, value in entry.items() if key not in (*SCRAPE_FIELDS, "limits")}
    if kind.name == "postgres":
        entry.setdefault("password", "aPassword")
    if kind.name == "airflow":
        entry["statsd_port"] = 9125 + len(others)
    probers = [other["name"] for other in others if other["kind"] == "prober"]
    if kind.name == "probe" and probers:
        entry["probers"] = draw(st.sampled_from((probers, [OWN_PROBER, *probers])))
    if draw(st.booleans()) and others:
        entry["depends_on"] = [draw(st.sampled_from([other["name"] for other in others]))]
    if draw(st.booleans()):
        entry["alerts"] = draw(_overrides(kind.name))
    return entry


@st.composite
def _overrides(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    alert = known().alerts[draw(st.sampled_from(sorted(known().alerts_of[kind])))]
    fields: dict[str, st.SearchStrategy[Any]] = {
        "for": st.sampled_from(("0m", "1m30s", "2h")),
        "severity": st.sampled_from(("critical", "high", "warning", "info")),
    }
    if alert.threshold:
        fields["threshold"] = st.floats(0, alert.threshold.highest or 1e12, allow_subnormal=False)
    return {alert.name: draw(st.fixed_dictionaries({}, optional=fields))}


def _secrets(value: Any) -> Iterator[str]:
    """Every text that is the name of a secret: it looks like one of those that are generated."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner)
    elif value in ("aPassword", "slackUrl", "otherToken"):
        yield value


def as_text(stack: Mapping[str, Any]) -> str:
    """A stack file."""
    config = {f"{PROJECT}:{key}": value for key, value in stack.items()}
    return yaml.dump({"config": config}, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
