"""The life of a stack on a real Docker daemon: up, verify, change, restart, destroy. Tests run in this order."""

from __future__ import annotations

import csv
import json
import re
import socket
import time
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest
import yaml
from docker.models.containers import Container

from alerting.aftermath import RECENT_CAUSE
from components.stores import stores_of
from dashboards.signals import ALERT_HISTORY, LogQuery, TraceQuery
from operations.report.measured import STEP_SECONDS
from runtimes import runtime_kind
from runtimes.docker.names import stack_prefix
from tests.live.accuracy import WINDOW_SECONDS, Counting, table
from tests.live.conftest import PORTS, STACK, LiveStack
from tests.proof import emitters, runbook_queries
from tests.waiting import until

PREFIX = stack_prefix(STACK)
# A healthy stack says only this. Alerts that wait for hours are what a soak of the dev stack is for (docs/testing.md).
ALWAYS_FIRING = {"Heartbeat"}
# Series that come to be at their first event: traffic and one round of every recording.
_SECONDS = 180


def containers(client: docker.DockerClient) -> dict[str, Container]:
    found = client.containers.list(all=True, filters={"label": f"monitoring.stack={STACK}"})
    return {str(container.name).removeprefix(f"{PREFIX}-"): container for container in found}


def started(client: docker.DockerClient) -> dict[str, str]:
    """When each long-running container was started; a restart or a replacement changes it."""
    return {
        name: container.attrs["State"]["StartedAt"]
        for name, container in containers(client).items()
        if name != "prepare"
    }


def test_a_stack_file_with_ten_mistakes_reports_ten_and_creates_nothing(
    stack: LiveStack, client: docker.DockerClient, tmp_path: Path
) -> None:
    broken = tmp_path / "Pulumi.broken.yaml"
    broken.write_text(
        yaml.safe_dump(
            {
                "config": {
                    "monitoring:runtime": "podman",
                    "monitoring:servces": [],
                    "monitoring:demo": {"enabled": "yes", "error_share": 2},
                    "monitoring:retention": {"metrics": "15 days"},
                    "monitoring:services": [
                        {"name": "API", "kind": "fastapi", "target": "api:8000"},
                        {"name": "db", "kind": "postgress", "target": "db:5432"},
                        {"name": "cache", "kind": "redis", "target": "cache"},
                        {"name": "web", "kind": "node", "target": "web:3000", "depends_on": ["cach"]},
                        {"name": "web", "kind": "node", "target": "web:3001"},
                    ],
                }
            }
        ),
        encoding="utf-8",
    )
    done = stack.run("up", file=broken, stack="broken")
    assert done.returncode == 2
    assert "Pulumi.broken.yaml: 10 mistakes, nothing was deployed." in done.stderr
    made = [
        *(container.name for container in client.containers.list(all=True)),
        *(network.name for network in client.networks.list()),
        *(volume.name for volume in client.volumes.list()),
    ]
    assert not [name for name in made if str(name).startswith("monitoring-broken")]
    assert not (stack.folder / "state" / "broken").exists()


def test_a_taken_port_ends_in_one_sentence_before_anything_starts(
    stack: LiveStack, client: docker.DockerClient
) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", PORTS["prometheus"]))
        squatter.listen()
        done = stack.run("up")
    assert done.returncode == 2
    said = done.stderr.strip().splitlines()[-1]
    assert re.search(r"docker\.ports\.prometheus .*found 19090 \(prometheus\), which is taken on 127\.0\.0\.1\.", said)
    assert "Stop what listens there" in said
    assert containers(client) == {}


def test_make_up_brings_up_a_verified_stack(running: LiveStack, client: docker.DockerClient) -> None:
    done = running.run("verify")
    assert done.returncode == 0, done.stdout + done.stderr
    skipped = re.findall(r"^skipped +(\S+ \S+)", done.stdout, re.MULTILINE)
    assert skipped in ([], ["workload grafana"])
    stores = stores_of(running.program().settings)
    assert re.search(
        rf"^passed +traces memory-api +trace \w+ with .* kept in {stores.traces.title}", done.stdout, re.MULTILINE
    )
    assert f"kept in {stores.logs.title}" in done.stdout
    targets = running.prometheus("targets", state="active")["activeTargets"]
    assert {target["health"] for target in targets} == {"up"}
    assert all(
        container.attrs["State"]["Health"]["Status"] == "healthy"
        for name, container in containers(client).items()
        if name != "prepare"
    )


def test_a_second_make_up_changes_nothing_and_says_so(running: LiveStack, client: docker.DockerClient) -> None:
    before = started(client)
    done = running.run("up")
    assert done.returncode == 0, done.stderr
    assert f"Nothing to change: stack {STACK} runs as its settings say" in done.stderr
    assert started(client) == before


def test_nothing_is_published_beyond_loopback(running: LiveStack, client: docker.DockerClient) -> None:
    addresses = {
        place["HostIp"]
        for container in containers(client).values()
        for places in container.ports.values()
        for place in places or ()
    }
    assert addresses == {"127.0.0.1"}


def test_no_secret_is_in_inspect_output_or_logs_or_rendered_files(
    running: LiveStack, client: docker.DockerClient
) -> None:
    project = (running.directory / "compose.yaml").read_text(encoding="utf-8")
    places: dict[str, str] = {"compose.yaml": project}
    for path in (running.directory / "config").rglob("*"):
        if path.is_file():
            places[str(path)] = path.read_text(encoding="utf-8")
    for name, container in containers(client).items():
        places[f"inspect {name}"] = json.dumps(container.attrs)
        places[f"logs {name}"] = container.logs().decode(errors="replace")
    values = running.secrets()
    assert {"prometheusPassword", "alertmanagerPassword", "memoryDbPassword"} <= values.keys()
    assert [(place, name) for place, text in places.items() for name, value in values.items() if value in text] == []


def test_every_container_is_hardened(running: LiveStack, client: docker.DockerClient) -> None:
    for name, container in containers(client).items():
        host, config = container.attrs["HostConfig"], container.attrs["Config"]
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert host["Memory"] > 0, name
        assert host["MemorySwap"] == host["Memory"], name
        assert not host["Privileged"], name
        is_root = config["User"].startswith("0:")
        assert is_root == (name in {"cadvisor", "collector-agent", "container-names", "prepare"}), name


def test_every_metric_that_is_said_to_be_on_the_demo_stack_is_there(running: LiveStack) -> None:
    here = {file.replace(".rules.yml", ".emitters.yml") for file in running.program().plan.rule_files}
    wanted = {
        metric: emitter.emitter
        for emitter in emitters()
        if emitter.demo and emitter.file in here
        for metric in emitter.metrics
    }
    assert wanted

    def missing() -> dict[str, str]:
        names = set(running.prometheus("label/__name__/values"))
        return {metric: emitter for metric, emitter in wanted.items() if metric not in names}

    until(lambda: not missing(), _SECONDS, pause=5)
    assert missing() == {}


def test_every_query_of_a_runbook_is_answered(running: LiveStack) -> None:
    refused: dict[str, str] = {}
    for page, query in runbook_queries():
        try:
            running.prometheus("query", query=query)
        except httpx.HTTPStatusError as error:
            refused[f"{page}: {query}"] = error.response.text
    assert refused == {}


def test_a_healthy_stack_fires_nothing_but_the_heartbeat(running: LiveStack) -> None:
    firing = {
        (alert["labels"]["alertname"], alert["labels"].get("service", ""))
        for alert in running.prometheus("alerts")["alerts"]
        # The machine itself may be busy with the tests.
        if alert["state"] == "firing" and alert["labels"].get("service") != "node-exporter"
    }
    # Of what was down while the stack came up, it says so for a while.
    assert {name for name, _ in firing} - {RECENT_CAUSE} == ALWAYS_FIRING, firing


def test_whoever_is_on_call_sees_what_fires_and_silences_it(running: LiveStack) -> None:
    firing = running.run("alerts")
    assert firing.returncode == 0, firing.stderr
    # The machine itself may be busy with the tests.
    heads = [line for line in firing.stdout.splitlines() if "  since " in line and "node-exporter" not in line]
    assert heads == []
    added = running.run("silence", "--service", "memory-db", "--for", "1h", "--reason", "a test of it")
    assert added.returncode == 0, added.stderr
    assert added.stdout.startswith("Everything of memory-db is silent until ")
    identifier = added.stdout.rpartition("--end ")[2].strip().rstrip("'")
    assert f"{identifier}  until " in running.run("silence", "--list").stdout
    ended = running.run("silence", "--end", identifier)
    assert (ended.returncode, identifier in running.run("silence", "--list").stdout) == (0, False)


def test_every_receiver_takes_its_test_message(running: LiveStack) -> None:
    for receiver in running.program().settings.receivers:
        done = running.run("notify-test", receiver)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith(f"{receiver} took the test message by ")
    refused = running.run("notify-test", "nobody")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("receiver: found 'nobody'. Allowed: ")


def test_the_report_of_this_month_has_data_about_every_service(running: LiveStack, tmp_path: Path) -> None:
    services = {service.name for service in running.program().settings.services}

    def sampled() -> set[str]:
        """Services that were there at the newest of the moments that a report asks for."""
        moment = time.time() // STEP_SECONDS * STEP_SECONDS
        found = running.prometheus("query", query="avg_over_time(service:up[5m])", time=str(moment))["result"]
        return {series["metric"]["service"] for series in found}

    until(lambda: sampled() >= services, STEP_SECONDS + _SECONDS, pause=5)
    done = running.run("report", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr
    files = [Path(line) for line in done.stdout.splitlines()]
    assert {file.suffix for file in files} == {".md", ".html", ".csv"}
    rows = list(csv.DictReader(next(file for file in files if file.name == "services.csv").open(encoding="utf-8")))
    assert {row["service"] for row in rows} == services
    assert all(float(row["availability"]) > 0.5 for row in rows), rows
    assert "The month is not over" in next(file for file in files if file.suffix == ".md").read_text(encoding="utf-8")


def test_panels_show_what_the_load_generator_counted(running: LiveStack, capsys: pytest.CaptureFixture[str]) -> None:
    program = running.program()
    counting = Counting(program, runtime_kind(program.settings.runtime).health(program))
    # Twice the window: the first request of a rare kind may come late, and is then in the window for as long.
    found = until(counting.comparisons, 2 * WINDOW_SECONDS + _SECONDS)
    with capsys.disabled():
        print(f"\n{table(found)}")
    assert {comparison.what for comparison in found} >= {
        "requests a second",
        "share of errors",
        "answered 200, a second",
    }
    assert [comparison.what for comparison in found if not comparison.agrees] == []


@pytest.mark.parametrize("alert", ["HighErrorRate", "HighLatency", "LowCacheHitRate", "SlowQueries"])
def test_the_limits_of_the_demo_are_series(running: LiveStack, alert: str) -> None:
    found = running.prometheus("query", query=f'service:alert:threshold{{alert="{alert}"}}')["result"]
    assert found, alert


def viewer(running: LiveStack, path: str, **query: str) -> httpx.Response:
    """What the viewer answers to whoever has its password."""
    login = ("admin", running.secret("viewer", "viewerPassword"))
    return httpx.get(f"http://127.0.0.1:{PORTS['viewer']}{path}", params=query, auth=login, trust_env=False, timeout=30)


def test_the_viewer_shows_what_the_stores_have_where_there_is_no_grafana(running: LiveStack) -> None:
    if "viewer" not in running.program().urls:
        pytest.skip("this stack has a Grafana")
    listed = viewer(running, "/stack.json").json()
    assert {one["uid"] for one in listed["dashboards"]} == set(running.program().plan.dashboards)
    series = viewer(running, "/api/prometheus/api/v1/query", query="service:up").json()["data"]["result"]
    assert {one["metric"]["service"] for one in series} >= {"memory-api", "memory-db"}
    assert viewer(running, "/api/victorialogs/select/logsql/query", query="*", limit="1").text.strip()
    assert viewer(running, "/api/prometheus/api/v1/status/config").status_code == 404


def test_a_changed_setting_reloads_without_replacing(running: LiveStack, client: docker.DockerClient) -> None:
    before = started(client)
    running.change({"monitoring:prometheus": {"scrape_interval": "10s"}})
    done = running.run("up")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scrape_interval: 10s" in running.prometheus("status/config")["yaml"]
    assert started(client) == before


def test_a_rotated_password_is_new_for_every_reader_and_replaces_no_container(
    running: LiveStack, client: docker.DockerClient
) -> None:
    containers_before, secrets_before = ids(client), running.secrets()
    old = running.secret("prometheus", "prometheusPassword")
    done = running.run("rotate", "prometheusPassword", "memoryCachePassword")
    # Every reader was asked by the verification that follows.
    assert done.returncode == 0, done.stdout + done.stderr
    new = running.secret("prometheus", "prometheusPassword")
    assert new != old
    assert (status_with(old), status_with(new)) == (401, 200)
    rotated = {name for name, value in running.secrets().items() if value != secrets_before[name]}
    assert rotated == {"prometheusPassword", "memoryCachePassword"}
    assert ids(client) == containers_before


def test_a_password_that_is_read_only_once_is_not_half_rotated(running: LiveStack) -> None:
    before = running.secrets()
    done = running.run("rotate", "prometheusPassword", "memoryDbPassword")
    assert done.returncode == 2
    assert "found 'memoryDbPassword'" in done.stderr
    assert "It stands in the demo's database since the first start" in done.stderr
    assert running.secrets() == before


def ids(client: docker.DockerClient) -> dict[str, str]:
    """The id of each container: another one, when it was replaced."""
    return {name: str(container.id) for name, container in containers(client).items()}


def status_with(password: str) -> int:
    """How Prometheus answers to this password."""
    url = f"http://127.0.0.1:{PORTS['prometheus']}/api/v1/status/buildinfo"
    return httpx.get(url, auth=("admin", password), timeout=30).status_code


def test_a_restart_keeps_all_signals_and_the_demos_data(running: LiveStack, client: docker.DockerClient) -> None:
    memory = httpx.post(
        f"http://127.0.0.1:{PORTS['memory_api']}/memories",
        json={"user_id": "live-test", "text": "kept over a restart"},
        timeout=30,
    ).json()
    oldest, trace, warnings = _oldest_sample(running), _newest_trace(running), _alerts(running)
    assert running.run("down").returncode == 0
    assert {item.status for item in containers(client).values()} == {"exited"}
    done = running.run("up")
    assert done.returncode == 0, done.stdout + done.stderr
    kept = httpx.get(f"http://127.0.0.1:{PORTS['memory_api']}/memories/{memory['id']}", timeout=30)
    assert kept.json()["text"] == "kept over a restart"
    assert _oldest_sample(running) == pytest.approx(oldest, abs=1)
    stores = stores_of(running.program().settings)
    assert running.ask(stores.traces.trace(trace)).services
    assert 0 < warnings <= _alerts(running)


def _newest_trace(stack: LiveStack) -> str:
    now = time.time()
    found = stack.ask(stores_of(stack.program().settings).traces.newest(TraceQuery("memory-api"), now - 600, now))
    assert found
    return found


def _alerts(stack: LiveStack) -> int:
    """How many notifications are in the history of alerts."""
    query = LogQuery((ALERT_HISTORY,))
    return sum(stack.ask(stores_of(stack.program().settings).logs.severities(query, "1d")).values())


def _oldest_sample(stack: LiveStack) -> float:
    found: list[dict[str, Any]] = stack.prometheus(
        "query_range",
        query='up{job="prometheus"}',
        start=str(time.time() - 3600),
        end=str(time.time()),
        step="15s",
    )["result"]
    seen: list[dict[str, Any]] = stack.prometheus(
        "query", query='min_over_time(timestamp(up{job="prometheus"})[1h:15s])'
    )["result"]
    assert found
    return float(seen[0]["value"][1])


def test_a_missing_container_comes_back(running: LiveStack, client: docker.DockerClient) -> None:
    containers(client)["blackbox-exporter"].remove(force=True)
    done = running.run("up")
    assert done.returncode == 0, done.stdout + done.stderr
    assert containers(client)["blackbox-exporter"].status == "running"


def test_destroy_leaves_nothing_behind(running: LiveStack, client: docker.DockerClient) -> None:
    program = running.program()
    volumes = {f"{PREFIX}-{volume.name}" for workload in program.workloads for volume in workload.volumes}
    assert volumes & {volume.name for volume in client.volumes.list()}
    done = running.run("destroy")
    assert done.returncode == 0, done.stderr
    assert containers(client) == {}
    assert not {volume.name for volume in client.volumes.list()} & (volumes | {f"{PREFIX}-tools"})
    assert not [network for network in client.networks.list() if network.name == PREFIX]
    assert not running.directory.exists()
