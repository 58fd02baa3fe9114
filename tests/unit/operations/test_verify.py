"""Verification against a made-up stack: all of it passing, then each part of it broken in turn."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml
from docker.errors import APIError, NotFound
from rich.console import Console

from operations.verify import __main__ as command
from operations.verify.checks import all_checks
from operations.verify.clients import InsideApi
from operations.verify.declared import Declared, read_declared
from operations.verify.live import Live
from operations.verify.progress import ConsoleProgress
from operations.verify.report import Report, print_table, to_json
from operations.verify.rows import Check, Row, failed, not_yet, passed, skipped
from operations.verify.run import require_up
from operations.verify.waiting import settled
from runtimes.console import quoted
from runtimes.docker.health import Engine
from runtimes.health import CouldNotRunError, NoAnswerError

NOW = time.time()
PREFIX = "monitoring-test"
HEARTBEAT_LINE = '{service_name="alert-history"} |= `"status":"firing"` |= `"alertname":"Heartbeat"`'
PASSWORD = "correct-horse"
SERVICES = [
    {"name": "memory-api", "kind": "fastapi", "target": "memory-api:8000"},
    {
        "name": "memory-db",
        "kind": "postgres",
        "target": "memory-db:5432",
        "password": "memoryDbMonitorPassword",
    },
    {"name": "memory-uptime", "kind": "probe", "target": "memory-api:8000", "path": "/health/readiness"},
]


class Silent:
    """A progress that shows nothing."""

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def asking(self, name: str) -> None:
        pass

    def waiting(self, rows: Sequence[Row], seconds_left: float) -> None:
        pass


@dataclass
class World:
    """A stack in which everything works, until a test changes something."""

    declared: Declared
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    targets: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    behind: list[dict[str, str]] = field(default_factory=list)
    fires: list[dict[str, Any]] = field(default_factory=list)
    routed: list[str] = field(default_factory=lambda: ["active"])
    spans: list[float] = field(default_factory=lambda: [150.0])
    traces: list[str] = field(default_factory=lambda: ["abc123"])
    # By a part of the log query: seconds of age and labels of the newest line.
    lines: dict[str, tuple[float, dict[str, str]]] = field(default_factory=dict)
    # By port: the status of an answer, without and with the password.
    logins: dict[int, tuple[int, int]] = field(default_factory=dict)
    silent_ports: set[int] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def rows(self) -> list[Row]:
        with httpx.Client(transport=httpx.MockTransport(self._published)) as http:
            return settled(all_checks(Live(self.declared, Engine(self.docker), http)), 0, Silent())

    def row(self, name: str) -> Row:
        return next(row for row in self.rows() if row.name == name)

    def failures(self) -> dict[str, str]:
        return {row.name: row.detail for row in self.rows() if row.status == "failed"}

    @property
    def docker(self) -> Any:
        return SimpleNamespace(containers=SimpleNamespace(list=self._list, get=self._get))

    def _list(self, *, all: bool, filters: dict[str, str], ignore_removed: bool) -> list[Any]:
        assert all and ignore_removed and filters == {"label": "monitoring.stack=test"}
        return [SimpleNamespace(attrs=attrs) for attrs in self.containers.values()]

    def _get(self, name: str) -> Any:
        workload = name.removeprefix(f"{PREFIX}-")
        if workload not in self.containers:
            raise NotFound(f"No such container: {name}")

        def exec_run(argv: list[str], *, demux: bool) -> Any:
            assert demux and argv[:-1] == ["/tools/busybox", "timeout", "10", "/tools/busybox", "wget", "-q", "-O", "-"]
            self.asked.append(argv[-1])
            url = urlsplit(argv[-1])
            answer = json.dumps(self._inside(workload, url.path, parse_qs(url.query)))
            return SimpleNamespace(exit_code=0, output=(answer.encode(), None))

        return SimpleNamespace(exec_run=exec_run)

    def _inside(self, workload: str, path: str, query: dict[str, list[str]]) -> Any:
        if workload == "tempo":
            assert path == "/api/search"
            return {"traces": [{"traceID": trace} for trace in self.traces]}
        assert (workload, path, query["direction"]) == ("loki", "/loki/api/v1/query_range", ["backward"])
        found = [value for part, value in self.lines.items() if part in query["query"][0]]
        streams = [{"stream": labels, "values": [[str(int((NOW - age) * 1e9)), "{}"]]} for age, labels in found[:1]]
        return {"data": {"resultType": "streams", "result": streams}}

    def _published(self, request: httpx.Request) -> httpx.Response:
        port = request.url.port or 0
        if port in self.silent_ports:
            raise httpx.ConnectError("refused", request=request)
        basic = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        header = request.headers.get("Authorization")
        without, with_password = self.logins[port]
        status = without if header is None else with_password if header == basic else 401
        if status != 200 or request.url.path not in self._answers():
            return httpx.Response(status)
        return httpx.Response(200, json=self._answers()[request.url.path](request.url.params))

    def _answers(self) -> dict[str, Callable[[httpx.QueryParams], Any]]:
        return {
            "/api/v1/targets": lambda _: {"data": {"activeTargets": self.targets}},
            "/api/v1/rules": lambda _: {"data": {"groups": self.groups}},
            "/api/v1/alerts": lambda _: {"data": {"alerts": self.fires}},
            "/api/v1/query": lambda params: {"data": {"result": self._vector(params["query"])}},
            "/api/v2/alerts": lambda params: [{"status": {"state": state}} for state in self._states(params)],
        }

    def _states(self, params: httpx.QueryParams) -> list[str]:
        assert params["filter"] == 'alertname="Heartbeat"'
        return self.routed

    def _vector(self, query: str) -> list[dict[str, Any]]:
        if "probe_success" in query:
            return [{"metric": labels, "value": [NOW, "0"]} for labels in self.behind]
        assert 'traces_span_metrics_calls(_total)?", service_name="memory-api"' in query
        return [{"metric": {}, "value": [NOW, str(value)]} for value in self.spans]


def container(name: str, **ports: int) -> dict[str, Any]:
    bindings = {f"{inside[1:]}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}] for inside, port in ports.items()}
    return {
        "Name": f"/{PREFIX}-{name}",
        "State": {"Status": "running", "ExitCode": 0, "Health": {"Status": "healthy"}},
        "HostConfig": {"NetworkMode": PREFIX, "PortBindings": bindings},
        "NetworkSettings": {"Ports": {**bindings, "9/tcp": None}},
    }


def stack_file(path: Path, **sections: Any) -> Path:
    values = {
        "services": SERVICES,
        "demo": {"enabled": True},
        "images": {"source": "built"},
        "docker": {"directory": str(path.parent / "state")},
        **sections,
    }
    path.write_text(yaml.safe_dump({"config": {f"monitoring:{key}": value for key, value in values.items()}}))
    return path


def declare(directory: Path, **sections: Any) -> Declared:
    """A stack file, and the passwords that a runtime would have written."""
    file = stack_file(directory / "Pulumi.test.yaml", **sections)
    declared = read_declared("test", file)
    for workload in declared.program.workloads:
        secrets = declared.directory / "secrets" / workload.name
        secrets.mkdir(parents=True)
        for name in workload.secrets:
            (secrets / name).write_text(f"{PASSWORD}\n")
    return declared


def world_of(declared: Declared) -> World:
    world = World(declared)
    for workload in declared.program.workloads:
        ports = {f"p{port.number}": port.publish for port in workload.ports if port.publish}
        world.containers[workload.name] = container(workload.name, **ports)
    world.logins = {9090: (401, 200), 9093: (401, 200), 3000: (401, 200)}
    world.targets = [target(job["job_name"]) for job in scrape_configs(world)]
    world.groups = [group(path, text) for path, text in rule_files(world).items() if rules_of(text)]
    world.fires = [{"state": "firing", "labels": {"alertname": "Heartbeat"}}]
    world.lines = {
        '{service_name="memory-api"} | correlation_id': (3, {"correlation_id": "0190-api"}),
        '{service_name="memory-traffic"} | correlation_id': (4, {"correlation_id": "0190-traffic"}),
        HEARTBEAT_LINE: (40, {}),
    }
    return world


def prometheus_files(world: World) -> dict[str, str]:
    prometheus = next(workload for workload in world.declared.program.workloads if workload.name == "prometheus")
    assert prometheus.config
    return dict(prometheus.config.files)


@cache
def parsed(text: str) -> Any:
    return yaml.safe_load(text)


def scrape_configs(world: World) -> list[dict[str, Any]]:
    configs: list[dict[str, Any]] = parsed(prometheus_files(world)["prometheus.yml"])["scrape_configs"]
    return configs


def rule_files(world: World) -> dict[str, str]:
    return {path: text for path, text in prometheus_files(world).items() if path.startswith("rules/")}


def rules_of(text: str) -> list[dict[str, Any]]:
    return [rule for found in parsed(text)["groups"] for rule in found["rules"]]


def target(job: str) -> dict[str, Any]:
    return {"scrapePool": job, "health": "up", "lastError": "", "labels": {"job": job, "instance": f"{job}:1"}}


def group(path: str, text: str) -> dict[str, Any]:
    rules = [
        {"name": rule.get("alert") or rule.get("record"), "health": "ok", "lastError": ""} for rule in rules_of(text)
    ]
    return {"file": f"/etc/prometheus/{path}", "name": "all", "rules": rules}


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    return declare(tmp_path_factory.mktemp("usual"))


@pytest.fixture
def world(usual: Declared) -> World:
    return world_of(usual)


def test_everything_passes(world: World) -> None:
    assert world.failures() == {}
    assert [row.name for row in world.rows() if row.status == "skipped"] == [
        "workload grafana",
        "workload tempo",
        "traces memory-api",
    ]


def test_no_password_is_shown(world: World) -> None:
    world.logins[9090] = (200, 500)
    assert PASSWORD not in to_json(report_of(*world.rows()))


# Workloads


def test_one_row_for_each_workload(world: World) -> None:
    rows = [row for row in world.rows() if row.name.startswith("workload ")]
    expected = [f"workload {workload.name}" for workload in world.declared.program.workloads]
    assert [row.name for row in rows] == [*expected, "workload grafana", "workload tempo"]
    assert rows[0] == Row(expected[0], "passed", "runs and is healthy")


def test_a_workload_without_an_image_is_skipped_with_the_reason(world: World) -> None:
    assert world.row("workload tempo") == skipped("workload tempo", world.declared.program.missing["tempo"])
    assert world.declared.program.missing["tempo"]


def test_a_missing_container(world: World) -> None:
    del world.containers["node-exporter"]
    assert world.row("workload node-exporter") == failed(
        "workload node-exporter",
        "container monitoring-test-node-exporter does not exist: run make up STACK=test.",
    )


@pytest.mark.parametrize(
    ("state", "detail", "may_change"),
    [
        (
            {"Status": "exited", "ExitCode": 137},
            "container monitoring-test-cadvisor ended with status 137: docker logs monitoring-test-cadvisor says why;"
            " then run make up STACK=test.",
            False,
        ),
        (
            {"Status": "restarting"},
            "container monitoring-test-cadvisor is restarting: docker logs monitoring-test-cadvisor says why.",
            True,
        ),
        (
            {"Status": "paused"},
            "container monitoring-test-cadvisor is paused: run make up STACK=test.",
            False,
        ),
        (
            {"Status": "running"},
            "container monitoring-test-cadvisor has no health check: run make up STACK=test, which makes it anew.",
            False,
        ),
        (
            {"Status": "running", "Health": {"Status": "unhealthy"}},
            "container monitoring-test-cadvisor runs but is unhealthy: docker logs monitoring-test-cadvisor says why.",
            True,
        ),
    ],
)
def test_a_container_that_does_not_do(world: World, state: dict[str, Any], detail: str, may_change: bool) -> None:
    world.containers["cadvisor"]["State"] = state
    assert world.row("workload cadvisor") == Row("workload cadvisor", "failed", detail, may_change)


# Targets


def test_one_row_for_each_job(world: World) -> None:
    rows = [row for row in world.rows() if row.name.startswith("target ")]
    assert {row.name for row in rows} >= {
        "target memory-api",
        "target memory-db",
        "target memory-uptime",
        "target memory-traffic",
        "target prometheus",
        "target collector-agent",
    }
    assert {row.detail for row in rows} == {"1 target up"}
    assert world.row("no other targets") == passed("no other targets", f"{len(rows)} jobs, all declared")


def test_a_target_that_is_down(world: World) -> None:
    found = next(item for item in world.targets if item["scrapePool"] == "memory-api")
    found |= {"health": "down", "lastError": "dial tcp: lookup memory-api: no such host"}
    assert world.failures() == {
        "target memory-api": "memory-api:1 is down (dial tcp: lookup memory-api: no such host):"
        " see that it runs and that Prometheus can reach it."
    }


def test_a_target_not_scraped_yet(world: World) -> None:
    world.targets[0] |= {"health": "unknown"}
    job = world.targets[0]["scrapePool"]
    row = world.row(f"target {job}")
    assert row == not_yet(row.name, f"{job}:1 was not scraped yet: wait for its first scrape.")


def test_a_declared_job_without_a_target(world: World) -> None:
    world.targets = [item for item in world.targets if item["scrapePool"] != "loki"]
    assert world.failures() == {"target loki": "Prometheus has 0 of 1 target: run make up STACK=test."}


def test_discovered_targets_are_all_up_however_many_and_none_is_a_failure(tmp_path: Path) -> None:
    service = {"name": "web", "kind": "http", "discover": {"dns": {"host": "web", "port": 80}}}
    world = world_of(declare(tmp_path, services=[*SERVICES, service]))
    world.targets.append(target("web"))
    assert world.row("target web") == passed("target web", "2 targets discovered, all up")
    world.targets = [item for item in world.targets if item["scrapePool"] != "web"]
    assert world.failures() == {
        "target web": "nothing is discovered: see that `discover` of web says what its targets have."
    }


def test_a_job_nobody_declared(world: World) -> None:
    world.targets.append(target("stranger"))
    assert world.failures() == {
        "no other targets": "nobody declared stranger: run make up STACK=test, which loads what is declared."
    }


def test_an_exporter_whose_service_is_down(world: World) -> None:
    world.behind = [{"__name__": "pg_up", "job": "memory-db"}]
    assert world.failures() == {
        "target memory-db": "the exporter answers, but pg_up is 0:"
        " see that memory-db runs, and its address and password."
    }


def test_prometheus_does_not_answer(world: World) -> None:
    world.silent_ports = {9090}
    sentence = (
        "prometheus does not answer at http://127.0.0.1:9090 (ConnectError):"
        " docker logs monitoring-test-prometheus says more."
    )
    failures = world.failures()
    jobs = {f"target {job['job_name']}" for job in scrape_configs(world)}
    names = {*jobs, "no other targets", "rules loaded", "rules evaluated", "spans memory-api", "heartbeat fires"}
    assert failures.keys() == names | {"login prometheus"}
    assert set(failures.values()) == {sentence}


def test_prometheus_refuses_its_password(world: World) -> None:
    world.logins[9090] = (401, 401)
    assert world.row("rules loaded").detail == "prometheus refuses its own password: run make up STACK=test."


def test_prometheus_answers_an_error(world: World) -> None:
    world.logins[9090] = (401, 503)
    assert world.row("rules loaded").detail == (
        "prometheus answers 503 to /api/v1/rules: docker logs monitoring-test-prometheus says more."
    )


def test_an_unreadable_password_file(tmp_path: Path) -> None:
    world = world_of(declare(tmp_path))
    path = tmp_path / "state/test/secrets/prometheus/prometheusPassword"
    path.unlink()
    assert world.row("login prometheus").detail == f"{path} does not exist: run make up STACK=test, which writes it."


def test_an_answer_of_another_form(world: World) -> None:
    world.targets = [{"scrapePool": "loki"}]
    assert world.row("target loki").detail == (
        "an answer has another form than expected (KeyError: 'health'): report this."
    )


# Rules


def test_rules_are_counted(world: World) -> None:
    files = {path: len(rules_of(text)) for path, text in rule_files(world).items() if rules_of(text)}
    count = sum(files.values())
    assert world.row("rules loaded").detail == f"{count} rules from {len(files)} files"
    assert world.row("rules evaluated").detail == f"{count} rules, none with an error"


def test_a_rule_that_is_not_loaded(world: World) -> None:
    declared = next(item for item in world.groups if item["file"].endswith("generated-jobs.rules.yml"))
    count = len(declared["rules"])
    declared["rules"].pop()
    assert world.failures() == {
        "rules loaded": f"other rules than declared: generated-jobs.rules.yml ({count - 1} loaded, {count} declared):"
        " docker logs monitoring-test-prometheus says why Prometheus keeps them; then run make up STACK=test."
    }


def test_a_rule_file_nobody_declared(world: World) -> None:
    world.groups.append(group("rules/mine.rules.yml", "groups: [{name: a, rules: [{alert: Mine, expr: '1'}]}]"))
    assert "mine.rules.yml (1 loaded, 0 declared)" in world.failures()["rules loaded"]


def test_a_rule_with_an_error(world: World) -> None:
    declared = next(item for item in world.groups if item["file"].endswith("generated-jobs.rules.yml"))
    declared["rules"][0] |= {"health": "err", "lastError": "many-to-many matching\nnot allowed"}
    assert world.failures() == {
        "rules evaluated": "1 rule with an error, first job:declared:info of generated-jobs.rules.yml:"
        " correct it (many-to-many matching not allowed)."
    }


def test_rules_not_evaluated_yet(world: World) -> None:
    world.groups[0]["rules"][0]["health"] = "unknown"
    detail = "1 rule not evaluated yet: wait for prometheus.evaluation_interval."
    assert world.row("rules evaluated") == not_yet("rules evaluated", detail)


# Logs


def test_logs_of_the_demo(world: World) -> None:
    row = world.row("logs memory-traffic")
    assert row.status == "passed"
    assert row.detail.endswith(" s old, correlation ID 0190-traffic")


def test_logs_that_do_not_arrive(world: World) -> None:
    del world.lines['{service_name="memory-api"} | correlation_id']
    assert world.failures() == {
        "logs memory-api": "no line of memory-api in the last 2m: docker logs monitoring-test-collector-agent"
        " and docker logs monitoring-test-collector-gateway say where they are lost."
    }


def test_logs_without_a_correlation_id(world: World) -> None:
    del world.lines['{service_name="memory-api"} | correlation_id']

    def inside(workload: str, path: str, query: dict[str, list[str]]) -> Any:
        found = query["query"] == ['{service_name="memory-api"}']
        streams = [{"stream": {}, "values": [[str(int(NOW * 1e9)), "text"]]}] if found else []
        return {"data": {"result": streams}}

    world._inside = inside  # type: ignore[method-assign]
    assert world.failures()["logs memory-api"] == (
        "lines arrive, but none of the last 2m has a correlation_id:"
        " see what docker logs monitoring-test-memory-api shows."
    )


def test_logs_without_the_demo(tmp_path: Path) -> None:
    services = [{"name": "site", "kind": "probe", "target": "example.com:443", "protocol": "https"}]
    world = world_of(declare(tmp_path, services=services, demo={"enabled": False}))
    world.lines["service_name=~"] = (NOW - time.time() + 60, {"service_name": "loki"})
    names = [row.name for row in world.rows() if row.name.startswith("logs")]
    assert names == ["logs of the stack"]
    assert world.row("logs of the stack").detail.endswith(" s old, of loki")
    reason = "the demo, whose spans this looks for, is not part of this stack"
    assert world.row("spans memory-api") == skipped("spans memory-api", reason)
    assert world.row("traces memory-api") == skipped("traces memory-api", reason)
    del world.lines["service_name=~"]
    assert world.failures()["logs of the stack"].startswith("no line of any of its containers in the last 3h: ")


def test_loki_does_not_run(world: World) -> None:
    del world.containers["loki"]
    failures = world.failures()
    detail = "monitoring-test-loki cannot be asked (No such container: monitoring-test-loki): see that it runs."
    assert {name for name, found in failures.items() if found == detail} == {
        "logs memory-api",
        "logs memory-traffic",
        "heartbeat delivered",
    }


# Spans and traces


def test_no_spans(world: World) -> None:
    world.spans = []
    detail = (
        "Prometheus counted none in the last 5m: docker logs monitoring-test-memory-api says whether they leave,"
        " docker logs monitoring-test-collector-gateway whether they are refused."
    )
    assert world.failures() == {"spans memory-api": detail}
    world.spans = [0.0]
    assert world.failures() == {"spans memory-api": detail}


def test_spans_arrive(world: World) -> None:
    assert world.row("spans memory-api").detail == "150 in the last 5m, counted by the gateway"


def test_traces_are_searched_where_tempo_is_part_of_the_stack(tmp_path: Path) -> None:
    world = world_of(declare(tmp_path, images={"source": "built", "overrides": {"tempo": "mirror/tempo:3"}}))
    assert world.row("traces memory-api") == passed("traces memory-api", "trace abc123 found in Tempo")
    search = next(url for url in world.asked if "/api/search" in url)
    assert search.startswith("http://127.0.0.1:3200/api/search?q=%7B+resource.service.name+%3D+%22memory-api%22+%7D&")
    world.traces = []
    assert world.failures() == {
        "traces memory-api": "Tempo has none from the last 15 minutes: docker logs monitoring-test-tempo says more."
    }


# Heartbeat


def test_the_heartbeat_arrives(world: World) -> None:
    assert world.row("heartbeat fires").detail == "in Prometheus"
    assert world.row("heartbeat routed").detail == "active in Alertmanager"
    assert world.row("heartbeat delivered").detail.endswith(" s old at the webhook receiver, kept in Loki")


def test_the_heartbeat_does_not_fire(world: World) -> None:
    world.fires = [{"state": "firing", "labels": {"alertname": "ServiceDown"}}]
    assert world.failures() == {
        "heartbeat fires": "Prometheus does not fire it: runbooks/Heartbeat.md says what that means."
    }


def test_the_heartbeat_is_not_routed(world: World) -> None:
    world.routed = []
    assert world.failures() == {
        "heartbeat routed": "Alertmanager does not have it: docker logs monitoring-test-prometheus says why."
    }
    world.routed = ["suppressed"]
    assert world.failures() == {
        "heartbeat routed": "Alertmanager holds it as suppressed: remove the silence or inhibition on it."
    }


def test_the_heartbeat_is_not_delivered(world: World) -> None:
    del world.lines[HEARTBEAT_LINE]
    assert world.failures() == {
        "heartbeat delivered": "none in the last 5m: docker logs monitoring-test-alertmanager"
        " and docker logs monitoring-test-collector-gateway say where it is lost."
    }


# Authentication


def test_a_login_for_each_published_program(tmp_path: Path) -> None:
    world = world_of(declare(tmp_path, images={"source": "built", "overrides": {"grafana": "mirror/grafana:13"}}))
    rows = [row for row in world.rows() if row.name.startswith("login ")]
    assert [row.name for row in rows] == ["login alertmanager", "login grafana", "login prometheus"]
    assert {row.detail for row in rows} == {"401 without its password, 200 with it"}


def test_no_password_asked(world: World) -> None:
    world.logins[9093] = (200, 200)
    assert world.failures() == {
        "login alertmanager": "answers 200 without a password, to every user of this machine:"
        " run make up STACK=test, which writes its web configuration anew."
    }


def test_the_password_is_refused(world: World) -> None:
    world.logins[9093] = (401, 401)
    assert world.row("login alertmanager") == failed(
        "login alertmanager", "answers 401 with its password: run make up STACK=test, which writes it anew."
    )


# Loopback


def test_ports_on_loopback(world: World) -> None:
    ports = sum(1 for workload in world.declared.program.workloads for port in workload.ports if port.publish)
    row = world.row("published on loopback only")
    assert row == passed(row.name, f"{ports} ports of {len(world.containers)} containers")


@pytest.mark.parametrize(("host", "shown"), [("", "all addresses"), ("0.0.0.0", "0.0.0.0"), ("::", "::")])
def test_a_port_beyond_loopback(world: World, host: str, shown: str) -> None:
    world.containers["loki"]["NetworkSettings"]["Ports"] = {"3100/tcp": [{"HostIp": host, "HostPort": "3100"}]}
    assert world.failures() == {
        "published on loopback only": f"monitoring-test-loki publishes 3100/tcp on {shown}:3100:"
        " run make up STACK=test."
    }


def test_a_port_on_ipv6_loopback(world: World) -> None:
    world.containers["loki"]["HostConfig"]["PortBindings"] = {"3100/tcp": [{"HostIp": "::1", "HostPort": "3100"}]}
    assert world.failures() == {}


def test_the_network_of_the_host(world: World) -> None:
    world.containers["cadvisor"]["HostConfig"] = {"NetworkMode": "host", "PortBindings": None}
    assert world.failures() == {
        "published on loopback only": "monitoring-test-cadvisor uses the host's network: run make up STACK=test."
    }


# What could not run


def test_a_stack_that_is_not_up(world: World) -> None:
    for attrs in world.containers.values():
        attrs["State"] = {"Status": "exited", "ExitCode": 0}
    with pytest.raises(CouldNotRunError) as found:
        require_up(world.declared, Engine(world.docker))
    assert str(found.value) == "Stack test is not up: none of its containers runs. Run make up STACK=test."


def test_the_stack_file_as_deployed_is_read(tmp_path: Path) -> None:
    file = stack_file(tmp_path / "Pulumi.test.yaml", images={"source": "registry"})
    assert read_declared("test", file).workload("tempo")
    directory = tmp_path / "state/test"
    directory.mkdir(parents=True)
    stack_file(tmp_path / "effective.yaml").rename(directory / "stack.yaml")
    assert not read_declared("test", file).workload("tempo")


def test_a_stack_on_kubernetes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = stack_file(tmp_path / "Pulumi.test.yaml", runtime="kubernetes")
    assert command.main(["--stack", "test", "--file", str(file)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "Stack test runs on Kubernetes, which verify cannot reach yet.\n"


def test_mistakes_in_the_stack_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = stack_file(tmp_path / "Pulumi.test.yaml", services=[{"name": "a", "kind": "fastpi", "target": "a:1"}])
    assert command.main(["--stack", "test", "--file", str(file), "--json"]) == 2
    told = capsys.readouterr()
    assert "services[0].kind: found 'fastpi'." in told.err
    document = json.loads(told.out)
    assert document["status"] == "could_not_run"
    assert document["error"] + "\n" == told.err


def test_no_such_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--stack", "nowhere"]) == 2
    assert "Pulumi.nowhere.yaml: found no such file." in capsys.readouterr().err


def test_docker_does_not_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    file = stack_file(tmp_path / "Pulumi.test.yaml")
    assert command.main(["--stack", "test", "--file", str(file)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("Docker does not answer (")
    assert told.endswith("): start it, then run this again.\n")


# Docker and the APIs inside containers


def test_docker_stops_answering() -> None:
    def refuse(**_: object) -> None:
        raise ConnectionError("gone")

    client = SimpleNamespace(containers=SimpleNamespace(list=refuse))
    with pytest.raises(NoAnswerError, match=r"^Docker does not answer \(gone\): start it\.$"):
        Engine(client).containers("test")


@pytest.mark.parametrize(
    ("exit_code", "output", "sentence"),
    [
        (1, (None, b"wget: server returned error: HTTP/1.1 503\n"), r"\(wget: server returned error: HTTP/1.1 503\)"),
        (137, (None, None), r"\(exit status 137\)"),
        (143, (None, None), r"\(nothing within 10 s\)"),
    ],
)
def test_an_api_inside_that_fails(exit_code: int, output: tuple[bytes | None, ...], sentence: str) -> None:
    ran = SimpleNamespace(exec_run=lambda *_, **__: SimpleNamespace(exit_code=exit_code, output=output))
    client = SimpleNamespace(containers=SimpleNamespace(get=lambda name: ran))
    with pytest.raises(NoAnswerError, match=rf"^loki does not answer {sentence}: docker logs loki says more\.$"):
        InsideApi(Engine(client), "loki", 3100).get("/ready")


def test_an_api_inside_a_container_that_is_not_running() -> None:
    def refuse(*_: object, **__: object) -> None:
        raise APIError("container is not running")

    client = SimpleNamespace(containers=SimpleNamespace(get=lambda name: SimpleNamespace(exec_run=refuse)))
    with pytest.raises(NoAnswerError, match=r"^loki cannot be asked \(container is not running\): see that it runs"):
        InsideApi(Engine(client), "loki", 3100).get("/ready")


def test_an_answer_that_is_not_json() -> None:
    ran = SimpleNamespace(exec_run=lambda *_, **__: SimpleNamespace(exit_code=0, output=(b"ready\n", None)))
    client = SimpleNamespace(containers=SimpleNamespace(get=lambda name: ran))
    with pytest.raises(NoAnswerError, match=r"^loki answers something other than JSON: docker logs loki says more\.$"):
        InsideApi(Engine(client), "loki", 3100).get("/ready")


# Waiting


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def counting(name: str, answers: list[Row]) -> tuple[Check, list[int]]:
    """A check that gives one answer after the other and repeats the last."""
    asked: list[int] = []

    def ask(_: str) -> Row:
        asked.append(1)
        return answers[min(len(asked), len(answers)) - 1]

    return Check.one(name, ask), asked


def test_a_row_that_becomes_true_is_asked_again_and_no_other() -> None:
    clock = Clock()
    late, late_asked = counting("late", [not_yet("late", "no"), not_yet("late", "no"), passed("late", "yes")])
    wrong, wrong_asked = counting("wrong", [failed("wrong", "for good")])
    right, right_asked = counting("right", [passed("right", "yes")])
    rows = settled([late, wrong, right], 60, Silent(), clock=clock, sleep=clock.sleep)
    assert [row.status for row in rows] == ["passed", "failed", "passed"]
    assert (len(late_asked), len(wrong_asked), len(right_asked)) == (3, 1, 1)
    assert clock.now == 1006.0


def test_the_wait_ends() -> None:
    clock = Clock()
    never, asked = counting("never", [not_yet("never", "no")])
    rows = settled([never], 7, Silent(), clock=clock, sleep=clock.sleep)
    assert rows == [not_yet("never", "no")]
    assert (clock.now, len(asked)) == (1007.0, 4)


def test_without_a_wait_everything_is_asked_once() -> None:
    never, asked = counting("never", [not_yet("never", "no")])
    settled([never], 0, Silent())
    assert len(asked) == 1


def test_progress_in_a_log_says_only_what_is_new() -> None:
    output = io.StringIO()
    progress = ConsoleProgress(Console(file=output, force_terminal=False), "dev")
    first = [not_yet("target a", "no"), not_yet("logs [b]", "no")]
    with progress:
        progress.asking("target a")
        progress.waiting(first, 180)
        progress.waiting(first, 177)
        progress.waiting(first[1:], 174)
    assert output.getvalue().splitlines() == [
        "Asking stack dev",
        "Waiting up to 180 s for 2 rows: target a and 1 more",
        "Waiting up to 174 s for 1 row: logs [b]",
    ]


def test_progress_on_a_terminal_is_one_changing_line() -> None:
    output = io.StringIO()
    with ConsoleProgress(Console(file=output, force_terminal=True), "dev") as progress:
        progress.asking("target a")
        progress.waiting([not_yet("target a", "no")], 180)
    assert "Waiting up to 180 s for 1 row: target a" in output.getvalue()


# Report


def report_of(*rows: Row) -> Report:
    return Report("dev", datetime(2026, 11, 21, 10, 0, tzinfo=UTC), 12.34, rows)


ROWS = (failed("target a", "a:1 is [down]"), passed("rules", "ok"), skipped("workload tempo", "no image"))


def test_json() -> None:
    assert json.loads(to_json(report_of(*ROWS))) == {
        "stack": "dev",
        "status": "failed",
        "error": None,
        "counts": {"passed": 1, "failed": 1, "skipped": 1},
        "finished": "2026-11-21T10:00:00+00:00",
        "seconds": 12.3,
        "rows": [
            {"name": "target a", "status": "failed", "detail": "a:1 is [down]"},
            {"name": "rules", "status": "passed", "detail": "ok"},
            {"name": "workload tempo", "status": "skipped", "detail": "no image"},
        ],
    }


def test_table() -> None:
    output = io.StringIO()
    print_table(report_of(*ROWS), Console(file=output, width=80))
    assert [line.split() for line in output.getvalue().splitlines()] == [
        ["Status", "Row", "Detail"],
        ["passed", "rules", "ok"],
        ["skipped", "workload", "tempo", "no", "image"],
        ["failed", "target", "a", "a:1", "is", "[down]"],
        ["Stack", "dev:", "1", "passed,", "1", "failed,", "1", "skipped", "in", "12", "s."],
    ]


@pytest.mark.parametrize(("rows", "status"), [(ROWS[1:], 0), (ROWS, 1)])
def test_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rows: tuple[Row, ...], status: int
) -> None:
    monkeypatch.setattr(command, "verify", lambda *_: report_of(*rows))
    assert command.main([]) == status
    assert "Stack dev: 1 passed" in capsys.readouterr().out
    assert command.main(["--json"]) == status
    assert json.loads(capsys.readouterr().out)["stack"] == "dev"


@pytest.mark.parametrize("wait", ["-1", "soon", "inf"])
def test_a_wait_that_is_no_number(wait: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([f"--wait={wait}"])
    assert ended.value.code == 2
    assert f"{wait!r} is not a number of seconds, 0 or more" in capsys.readouterr().err


def test_quotes_are_short_and_on_one_line() -> None:
    assert quoted("a\n  b") == "a b"
    assert len(quoted("x" * 500)) == 160
