"""The rendered configuration, read by the programs that will run with it; each check is also shown to refuse.

Loki, Tempo and Grafana cannot be built from package registries, so nothing here can check their files. What the stores
that can be built do with theirs is in test_stores.py.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerting.inhibition import inhibit_rules
from catalog import kinds
from images.build import tool_path
from images.errors import ImagesError
from program.prepare import prepare_program
from rendering.render import render_tree
from settings.receiver import OWN_RECEIVERS
from tests.plans import raw_configuration
from tests.programs.placed import Placed, write_files
from workloads.program import Program
from workloads.workload import Workload

LOGIN = {"username": "monitor", "password": "memoryCachePassword"}
CONSUL = {"server": "consul:8500", "service": "scraped", "tags": ["metrics"]}
OVERRIDES = {
    "HighLatency": {"threshold": 0.5, "severity": "critical"},
    "HighErrorRate": {"for": "10m", "severity": "warning"},
    "TrafficVanished": {"enabled": False},
}
# What ships, with each pair of stores, and every kind of service with settings far from the defaults.
EVERY_KIND: dict[str, object] = {
    "services": [
        {"name": "api", "kind": "fastapi", "target": "api:8000", "scrape_interval": "5s", "depends_on": ["db"]},
        {"name": "web", "kind": "node", "target": "web:3000", "path": "/api/metrics", "alerts": OVERRIDES},
        {"name": "billing", "kind": "http", "target": "10.0.0.9:65535", "metrics": {"status_label": "code"}},
        {"name": "db", "kind": "postgres", "target": "db:5432", "password": "memoryDbMonitorPassword"},
        {"name": "pool", "kind": "pgbouncer", "target": "pool:6432", "password": "memoryDbMonitorPassword"},
        {"name": "cache", "kind": "redis", "target": "cache:6379", "password": "memoryCachePassword"},
        {"name": "worker", "kind": "host", "target": "worker:9100"},
        {"name": "pushing", "kind": "otel", "otlp": {"service_namespace": "shop"}, "slo": {"availability": 0.9}},
        {"name": "scraped", "kind": "otel", "metrics": {"histogram": "native"}, "discover": {"consul": CONSUL}},
        {"name": "books", "kind": "mysql", "target": "books:3306", "tls": "require", **LOGIN},
        {"name": "papers", "kind": "mongodb", "target": "papers:27017", "tls": "require", **LOGIN},
        {"name": "graph", "kind": "neo4j", "target": "graph:2004", "edition": "enterprise", "databases": ["neo4j"]},
        {"name": "events", "kind": "kafka", "target": "events:9093", "brokers": 3, "tls": "require", **LOGIN},
        {"name": "queues", "kind": "rabbitmq", "discover": {"docker": {"labels": {"app": "rabbit"}, "port": 15692}}},
        {"name": "tasks", "kind": "celery", "target": "cache:6379", "queues": ["mail", "reports"]},
        {"name": "pipelines", "kind": "airflow", "critical_dags": {"billing.daily": {"every": "1d"}}},
        {"name": "proxy", "kind": "nginx", "target": "proxy:8443", "protocol": "https", "verify_certificate": False},
        {"name": "sidecars", "kind": "container", "containers": ["shop-mailer", "shop-cron.1"]},
        {"name": "lookups", "kind": "cache", "metrics_from": "api", "metrics": {"result_label": "outcome"}},
        {"name": "statements", "kind": "queries", "metrics_from": "api"},
        {"name": "search", "kind": "vector-search", "discover": {"dns": {"host": "search", "port": 6333}}},
        {"name": "models", "kind": "llm", "metrics_from": "api", "prices": {"a model": {"input": 3, "output": 15}}},
        {"name": "orders", "kind": "business", "metrics_from": "api", "metric": "orders_total"},
        *(
            {"name": f"probe-{protocol}", "kind": "probe", "target": "example.com:443", "protocol": protocol}
            for protocol in ("http", "https", "tcp", "tls")
        ),
        {"name": "resolver", "kind": "probe", "target": "10.0.0.1:53", "protocol": "dns", "query": "example.com"},
        {"name": "office", "kind": "prober", "target": "blackbox.office.example:9115", "scheme": "https"},
        {"name": "shop", "kind": "probe", "target": "example.com:80", "probers": ["blackbox-exporter", "office"]},
    ],
    "docker": {"socket_group": 999, "networks": ["shop_default", "edge"]},
    "environment": "a-rather-long-name-for-an-environment",
    "prometheus": {"scrape_interval": "5s", "evaluation_interval": "1m", "storage": "1Ti"},
    "retention": {"metrics": "1y", "logs": "1d", "warning_logs": "2w", "alert_history": "1y", "traces": "1d"},
}
PROGRAMS: dict[str, tuple[str, dict[str, object]]] = {
    "dev": ("dev", {}),
    "dev of built images": ("dev", {"images": {"source": "built"}}),
    "dev with other logs": ("dev", {"logs": {"store": "victorialogs"}}),
    "dev with other traces": ("dev", {"traces": {"store": "jaeger"}}),
    "prod": ("prod", {}),
    "prod of built images": ("prod", {"images": {"source": "built"}}),
    "every kind": ("dev", EVERY_KIND),
}


@dataclass(frozen=True)
class Rendered:
    """A rendered tree and the program it describes."""

    program: Program
    tree: Mapping[str, str]

    def files(self, workload: str) -> dict[str, str]:
        """A workload's configuration as it stands in the tree, by path below its mount."""
        if self.program.settings.runtime == "docker":
            prefix = f"config/{workload}/"
            return {name.removeprefix(prefix): text for name, text in self.tree.items() if name.startswith(prefix)}
        documents = list(yaml.safe_load_all(self.tree[f"workloads/{workload}.yaml"]))
        (data,) = [document["data"] for document in documents if document["kind"] == "ConfigMap"]
        (pod,) = [
            document["spec"]["template"]["spec"] for document in documents if "template" in document.get("spec", {})
        ]
        (items,) = [volume["configMap"]["items"] for volume in pod["volumes"] if "configMap" in volume]
        return {item["path"]: data[item["key"]] for item in items}

    def workload(self, name: str) -> Workload:
        (found,) = [workload for workload in self.program.workloads if workload.name == name]
        return found

    def place(self, name: str, folder: Path) -> Placed:
        """Write a workload's rendered files and filled secret files, as its container would find them."""
        workload, files = self.workload(name), self.files(name)
        assert workload.config and files
        return write_files(
            replace(workload, config=replace(workload.config, files=files)), folder, folder / "values.json"
        )


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """Finds a program, and builds it when this machine has none yet; without it the test fails and says why."""

    def find(name: str) -> str:
        try:
            return str(tool_path(name))
        except ImagesError as error:
            return pytest.fail(f"{name} is needed to check the configuration and cannot be had: {error}", pytrace=False)

    return find


def test_every_kind_is_among_the_services() -> None:
    services: Any = EVERY_KIND["services"]
    assert {service["kind"] for service in services} == set(kinds())


@pytest.fixture(scope="module", params=PROGRAMS)
def rendered(request: pytest.FixtureRequest) -> Rendered:
    """Each program's tree, rendered once."""
    stack, sections = PROGRAMS[request.param]
    program = prepare_program(raw_configuration(stack, sections), stack)
    return Rendered(program, render_tree(program))


@pytest.fixture(scope="module")
def dev() -> Rendered:
    """The tree that the refusals start from."""
    program = prepare_program(raw_configuration("dev"), "dev", grafana_content="files")
    return Rendered(program, render_tree(program))


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, timeout=120, env={"PATH": "/bin"}
    )


def accepted(*command: str | Path) -> str:
    """What a program said about something it must find in order."""
    done = run(*command)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def refused(*command: str | Path) -> str:
    """What a program said about something it must not find in order."""
    done = run(*command)
    assert done.returncode != 0, f"accepted: {done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


# --- Prometheus ------------------------------------------------------------------------------------------------------

LINT = ("--lint=all", "--lint-fatal")


def password_files(config: Any) -> set[Path]:
    """Every password file that a configuration refers to, at any depth."""
    if isinstance(config, dict):
        own = {Path(config["password_file"])} if "password_file" in config else set()
        return own.union(*(password_files(value) for value in config.values()))
    if isinstance(config, list):
        return set().union(*(password_files(value) for value in config))
    return set()


def test_prometheus_accepts_its_configuration_and_all_rule_files(
    rendered: Rendered, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    placed = rendered.place("prometheus", tmp_path / "prometheus")
    said = accepted(tool("promtool"), "check", "config", *LINT, placed.config / "prometheus.yml")
    rules = sorted((placed.config / "rules").iterdir())
    assert f"SUCCESS: {len(rules)} rule files found" in said
    assert "is valid prometheus config file syntax" in said


def test_prometheus_refuses_a_configuration_with_a_key_it_does_not_know(
    dev: Rendered, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    placed = dev.place("prometheus", tmp_path / "prometheus")
    damaged = placed.damage("prometheus.yml", lambda config: config["scrape_configs"][0].update(metric_path="/metrics"))
    assert "field metric_path not found" in refused(tool("promtool"), "check", "config", *LINT, damaged)


def test_prometheus_refuses_two_jobs_of_one_name(dev: Rendered, tmp_path: Path, tool: Callable[[str], str]) -> None:
    placed = dev.place("prometheus", tmp_path / "prometheus")
    damaged = placed.damage(
        "prometheus.yml", lambda config: config["scrape_configs"].append(config["scrape_configs"][0])
    )
    assert "found multiple scrape configs with job name" in refused(tool("promtool"), "check", "config", *LINT, damaged)


def test_every_password_file_that_prometheus_reads_is_there(rendered: Rendered, tmp_path: Path) -> None:
    placed = rendered.place("prometheus", tmp_path / "prometheus")
    wanted = password_files(yaml.safe_load((placed.config / "prometheus.yml").read_text(encoding="utf-8")))
    assert {"prometheusPassword", "alertmanagerPassword"} <= {path.name for path in wanted}
    assert [path for path in wanted if len(path.read_text(encoding="utf-8")) < 32] == []


def test_a_password_file_that_is_missing_is_noticed(dev: Rendered, tmp_path: Path) -> None:
    placed = dev.place("prometheus", tmp_path / "prometheus")
    (placed.secrets / "alertmanagerPassword").unlink()
    wanted = password_files(yaml.safe_load((placed.config / "prometheus.yml").read_text(encoding="utf-8")))
    assert {path.name for path in wanted if not path.is_file()} == {"alertmanagerPassword"}


def test_prometheus_accepts_every_rule_and_finds_no_duplicate(
    rendered: Rendered, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    placed = rendered.place("prometheus", tmp_path / "prometheus")
    files = sorted((placed.config / "rules").iterdir())
    said = accepted(tool("promtool"), "check", "rules", *LINT, *files)
    assert len(re.findall(r"SUCCESS: [1-9]\d* rules found", said)) == len(files)


@pytest.mark.parametrize("name", ["generated-jobs", "generated-recordings", "services", "http", "slo"])
def test_prometheus_refuses_a_rule_whose_expression_does_not_parse(
    dev: Rendered, tmp_path: Path, tool: Callable[[str], str], name: str
) -> None:
    placed = dev.place("prometheus", tmp_path / "prometheus")
    damaged = placed.damage(
        f"rules/{name}.rules.yml", lambda rules: rules["groups"][0]["rules"][0].update(expr="sum(rate(up[5m])")
    )
    assert "could not parse expression" in refused(tool("promtool"), "check", "rules", *LINT, damaged)


@pytest.mark.parametrize("component", ["prometheus", "alertmanager"])
def test_the_login_is_accepted_and_one_without_a_hash_is_refused(
    rendered: Rendered, tmp_path: Path, tool: Callable[[str], str], component: str
) -> None:
    placed = rendered.place(component, tmp_path / component)
    web = placed.secrets / "web.yml"
    assert "SUCCESS" in accepted(tool("promtool"), "check", "web-config", web)
    web.write_text("basic_auth_users:\n  admin: a plain password\n", encoding="utf-8")
    assert "FAILED" in refused(tool("promtool"), "check", "web-config", web)


# --- Alertmanager ----------------------------------------------------------------------------------------------------


def test_alertmanager_accepts_its_configuration(rendered: Rendered, tmp_path: Path, tool: Callable[[str], str]) -> None:
    placed = rendered.place("alertmanager", tmp_path / "alertmanager")
    said = accepted(tool("amtool"), "check-config", placed.config / "alertmanager.yml")
    assert f"{len(inhibit_rules(rendered.program.plan))} inhibit rules" in said
    assert "1 templates" in said
    # The stack's own, and those that the settings name.
    assert f"{len(OWN_RECEIVERS) + len(rendered.program.settings.receivers)} receivers" in said


def test_alertmanager_refuses_a_route_to_nobody(dev: Rendered, tmp_path: Path, tool: Callable[[str], str]) -> None:
    placed = dev.place("alertmanager", tmp_path / "alertmanager")
    damaged = placed.damage("alertmanager.yml", lambda config: config["route"].update(receiver="somebody"))
    assert 'undefined receiver "somebody"' in refused(tool("amtool"), "check-config", damaged)


# --- Collectors ------------------------------------------------------------------------------------------------------

COLLECTORS = pytest.mark.parametrize(("component", "file"), [("agent", "agent.yaml"), ("gateway", "gateway.yaml")])


@COLLECTORS
def test_a_collector_accepts_its_configuration(
    rendered: Rendered, tmp_path: Path, tool: Callable[[str], str], component: str, file: str
) -> None:
    placed = rendered.place(f"collector-{component}", tmp_path / component)
    assert placed.args == (f"--config={placed.config / file}",)
    accepted(tool(f"otelcol-{component}"), "validate", *placed.args)


def _without_exporters(config: Any) -> None:
    config["exporters"] = {"debug": {}}


@COLLECTORS
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(_without_exporters, "which is not configured", id="an exporter that is gone"),
        pytest.param(
            lambda config: config["processors"]["memory_limiter"].update(limit_percent=80),
            "has invalid keys: limit_percent",
            id="a key it does not know",
        ),
        pytest.param(
            lambda config: config["receivers"].update({"carrier_pigeon": {}}),
            'unknown type: "carrier_pigeon"',
            id="a receiver it does not have",
        ),
    ],
)
def test_a_collector_refuses_a_configuration_that_would_not_work(
    dev: Rendered,
    tmp_path: Path,
    tool: Callable[[str], str],
    component: str,
    file: str,
    change: Callable[[Any], None],
    complaint: str,
) -> None:
    damaged = dev.place(f"collector-{component}", tmp_path / component).damage(file, change)
    assert complaint in refused(tool(f"otelcol-{component}"), "validate", f"--config={damaged}")


# --- Blackbox exporter -----------------------------------------------------------------------------------------------


def test_the_blackbox_exporter_accepts_its_configuration(
    rendered: Rendered, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    placed = rendered.place("blackbox-exporter", tmp_path / "blackbox")
    assert "Config file is ok" in accepted(tool("blackbox_exporter"), "--config.check", *placed.args)


def test_every_probe_asks_for_a_module_that_the_blackbox_exporter_has(rendered: Rendered) -> None:
    modules = yaml.safe_load(rendered.files("blackbox-exporter")["blackbox.yml"])["modules"]
    jobs = yaml.safe_load(rendered.files("prometheus")["prometheus.yml"])["scrape_configs"]
    asked = {module for job in jobs for module in job.get("params", {}).get("module", [])}
    assert asked
    assert asked <= set(modules)


def test_the_blackbox_exporter_refuses_a_key_it_does_not_know(
    dev: Rendered, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    placed = dev.place("blackbox-exporter", tmp_path / "blackbox")
    damaged = placed.damage("blackbox.yml", lambda config: config["modules"]["tcp"].update(tls=True))
    said = refused(tool("blackbox_exporter"), "--config.check", f"--config.file={damaged}")
    assert "field tls not found" in said


# --- Compose ---------------------------------------------------------------------------------------------------------


def write(tree: Mapping[str, str], folder: Path) -> Path:
    for name, text in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "compose.yaml"


@pytest.mark.parametrize("rendered", [name for name in PROGRAMS if not name.startswith("prod")], indirect=True)
def test_compose_accepts_the_rendered_project_without_a_word(
    rendered: Rendered, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    project = write(rendered.tree, tmp_path)
    # A `$` that was not escaped would be a warning about a variable that is not set.
    assert accepted(tool("compose"), "--file", project, "config", "--quiet") == ""
    names = accepted(tool("compose"), "--file", project, "config", "--services").split()
    assert set(names) == {"prepare", *(workload.name for workload in rendered.program.workloads)}


def test_compose_reads_what_the_project_says(dev: Rendered, tmp_path: Path, tool: Callable[[str], str]) -> None:
    project = write(dev.tree, tmp_path)
    found = yaml.safe_load(accepted(tool("compose"), "--file", project, "config"))
    assert found["name"] == "monitoring-dev"
    prometheus = found["services"]["prometheus"]
    assert prometheus["container_name"] == "monitoring-dev-prometheus"
    assert [(port["host_ip"], port["published"], port["target"]) for port in prometheus["ports"]] == [
        ("127.0.0.1", "9090", 9090)
    ]
    assert {volume["source"] for volume in prometheus["volumes"]} == {
        "monitoring-dev-tools",
        "monitoring-dev-prometheus-data",
        f"{tmp_path}/config/prometheus",
        f"{tmp_path}/secrets/prometheus",
    }
    assert prometheus["depends_on"]["alertmanager"]["condition"] == "service_healthy"
    written = yaml.safe_load(dev.tree["compose.yaml"])["services"]["prometheus"]["healthcheck"]["test"]
    # Compose escapes what it prints, so a dollar that comes back as it went in was understood.
    assert prometheus["healthcheck"]["test"] == written
    assert found["volumes"]["monitoring-dev-prometheus-data"]["name"] == "monitoring-dev-prometheus-data"
    assert found["networks"]["monitoring-dev"]["name"] == "monitoring-dev"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(
            lambda project: project["services"]["prometheus"].update(restarts="always"),
            "additional properties 'restarts' not allowed",
            id="a key it does not know",
        ),
        pytest.param(
            lambda project: project["services"].pop("alertmanager"),
            'depends on undefined service "alertmanager"',
            id="a dependency that is gone",
        ),
        pytest.param(
            lambda project: project["volumes"].pop("monitoring-dev-prometheus-data"),
            "refers to undefined volume monitoring-dev-prometheus-data",
            id="a volume that is gone",
        ),
    ],
)
def test_compose_refuses_a_project_that_would_not_work(
    dev: Rendered, tmp_path: Path, tool: Callable[[str], str], change: Callable[[Any], None], complaint: str
) -> None:
    project = yaml.safe_load(dev.tree["compose.yaml"])
    change(project)
    path = write({**dev.tree, "compose.yaml": yaml.safe_dump(project)}, tmp_path)
    assert complaint in refused(tool("compose"), "--file", path, "config", "--quiet")


def test_compose_warns_about_a_dollar_that_is_not_escaped(
    dev: Rendered, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    project = yaml.safe_load(dev.tree["compose.yaml"])
    project["services"]["prometheus"]["command"].append("-price=$five")
    path = write({**dev.tree, "compose.yaml": yaml.safe_dump(project)}, tmp_path)
    assert 'The \\"five\\" variable is not set' in accepted(tool("compose"), "--file", path, "config", "--quiet")
