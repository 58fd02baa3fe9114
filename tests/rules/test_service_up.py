"""`service:up`, which every kind records its own way, under the program that evaluates it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from components.prometheus import prometheus_workload
from tests.conftest import PLACE
from tests.plans import plan_of

API: dict[str, object] = {"name": "api", "kind": "http", "target": "api:80"}
CACHE: dict[str, object] = {"name": "cache", "kind": "redis", "target": "cache:6379"}
SITE: dict[str, object] = {"name": "site", "kind": "probe", "target": "site:80"}
PROBERS: list[dict[str, object]] = [
    {**SITE, "probers": ["blackbox-exporter", "office"]},
    {"name": "office", "kind": "prober", "target": "office:9115"},
]
HOSTS: dict[str, object] = {"name": "hosts", "kind": "host", "target": "a:9100"}
EVENTS: dict[str, object] = {
    "name": "events",
    "kind": "kafka",
    "target": "kafka:9092",
    "brokers": 3,
    "broker_metrics": ["kafka:7071"],
}
GRAPH: dict[str, object] = {"name": "graph", "kind": "neo4j", "edition": "community", "target": "graph:7687"}
PUSHED: dict[str, object] = {"name": "pushed", "kind": "otel", "otlp": {}}
ASPECT: dict[str, object] = {"name": "aspect", "kind": "cache", "metrics_from": "api"}
CONTAINERS: dict[str, object] = {"name": "containers", "kind": "container", "containers": ["web", "worker.1"]}
SEEN, GONE = "30+15x40", "30x40"


def up(value: int, service: str = "api", instance: str = "a", job: str = "") -> dict[str, str]:
    return {f'up{{job="{job or service}",service="{service}",instance="{instance}"}}': f"{value}x40"}


def said(metric: str, value: int, service: str, job: str = "") -> dict[str, str]:
    return {f'{metric}{{job="{job or service}",service="{service}",instance="exporter"}}': f"{value}x40"}


def found(value: int | None, job: str = "site") -> dict[str, str]:
    """What a prober finds; None: it is away."""
    found = {} if value is None else said("probe_success", value, "site", job)
    return {**up(0 if value is None else 1, "site", job=job), **found}


def seen(container: str, values: str) -> dict[str, str]:
    return {f'container_last_seen{{job="cadvisor",service="cadvisor",name="{container}"}}': values}


@pytest.mark.parametrize(
    ("entries", "series", "expected"),
    [
        pytest.param([API], up(1), 1, id="a target answers"),
        pytest.param([API], up(0), 0, id="no target answers"),
        pytest.param([API], {**up(0), **up(1, instance="b")}, 1, id="one of two targets answers"),
        pytest.param([API], up(1, "other"), None, id="nobody has asked it yet"),
        pytest.param([HOSTS], {**up(0, "hosts"), **up(1, "hosts", "b")}, 0, id="one of two hosts is away"),
        pytest.param([CACHE], {**up(1, "cache"), **said("redis_up", 1, "cache")}, 1, id="a server behind its exporter"),
        pytest.param(
            [CACHE], {**up(1, "cache"), **said("redis_up", 0, "cache")}, 0, id="an exporter without its server"
        ),
        pytest.param([CACHE], up(0, "cache"), 0, id="an exporter that is away"),
        pytest.param([SITE], {**up(1, "site"), **said("probe_success", 0, "site")}, 0, id="a probe that fails"),
        pytest.param([SITE], {**up(1, "site"), **said("probe_success", 1, "site")}, 1, id="a probe that succeeds"),
        pytest.param(PROBERS, {**found(0), **found(1, "site/office")}, 1, id="one of two probers reaches it"),
        pytest.param(PROBERS, {**found(0), **found(0, "site/office")}, 0, id="no prober reaches it"),
        pytest.param(PROBERS, {**found(None), **found(0, "site/office")}, 0, id="one prober fails, the other is away"),
        pytest.param(PROBERS, {**found(1), **found(None, "site/office")}, 1, id="one reaches it, the other is away"),
        pytest.param(PROBERS, {**found(None), **found(None, "site/office")}, 0, id="all probers are away"),
        pytest.param(PROBERS, {}, None, id="no prober has asked yet"),
        pytest.param(
            [GRAPH], {**up(1, "graph"), **said("probe_success", 0, "graph")}, 0, id="Bolt that does not answer"
        ),
        pytest.param([EVENTS], {**up(1, "events"), **said("kafka_brokers", 3, "events")}, 1, id="several brokers"),
        pytest.param([EVENTS], {**up(1, "events"), **said("kafka_brokers", 0, "events")}, 0, id="no broker"),
        pytest.param(
            [EVENTS],
            {**up(1, "events"), **up(0, "events", job="events/brokers"), **said("kafka_brokers", 3, "events")},
            0,
            id="a second job of which no target answers",
        ),
        pytest.param([PUSHED], {'target_info{job="pushed",instance="a"}': "1x40"}, 1, id="a service that sends"),
        pytest.param([PUSHED], {'target_info{job="other",instance="a"}': "1x40"}, 0, id="a service that sends nothing"),
        pytest.param([ASPECT, API], up(0), 0, id="an aspect of a program that is down"),
        pytest.param(
            [CONTAINERS], {**up(1, "cadvisor"), **seen("web", SEEN), **seen("worker.1", SEEN)}, 1, id="all run"
        ),
        pytest.param(
            [CONTAINERS], {**up(1, "cadvisor"), **seen("web", SEEN), **seen("worker.1", GONE)}, 0, id="one has gone"
        ),
        pytest.param([CONTAINERS], up(1, "cadvisor"), 0, id="none was ever there"),
        pytest.param([CONTAINERS], {**up(0, "cadvisor"), **seen("web", GONE)}, None, id="nobody can see them"),
    ],
)
def test_one_series_says_whether_a_service_is_up(
    promtool: str, tmp_path: Path, entries: list[dict[str, object]], series: Mapping[str, str], expected: int | None
) -> None:
    workload = prometheus_workload(plan_of(*entries), PLACE, [])
    assert workload.config
    recordings = workload.config.files["rules/generated-recordings.rules.yml"]
    (tmp_path / "recordings.rules.yml").write_text(recordings, encoding="utf-8")
    name, kind = entries[0]["name"], entries[0]["kind"]
    labels = f'service:up{{service="{name}",kind="{kind}",owner="unowned"}}'
    samples = [] if expected is None else [{"labels": labels, "value": expected}]
    case = {
        "interval": "15s",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": f'service:up{{service="{name}"}}', "eval_time": "10m", "exp_samples": samples}],
    }
    document = {"rule_files": ["recordings.rules.yml"], "evaluation_interval": "15s", "tests": [case]}
    (tmp_path / "up.test.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    done = subprocess.run(
        [promtool, "test", "rules", "up.test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
