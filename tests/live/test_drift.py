"""What somebody changed by hand on a real Docker daemon, each kind of it, named by `make drift`.

The stack is a small one of its own. Each test undoes what it did, but for the last. Tests run in this order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml

from runtimes.docker.names import container_name, stack_prefix
from tests.live.conftest import LiveStack
from tests.stacks import stack_file
from tests.waiting import until
from tests.watching import operations

STACK = "drift"
PREFIX = stack_prefix(STACK)
PORTS = {
    "grafana": 35000,
    "prometheus": 35090,
    "alertmanager": 35093,
    "otlp_grpc": 35317,
    "otlp_http": 35318,
    "memory_api": 35800,
    "victorialogs": 35428,
    "jaeger": 35686,
    "viewer": 35097,
    "runbooks": 35096,
}
# Something that is there and answers: the stack's own pages.
SERVICES = [{"name": "pages", "kind": "probe", "target": "runbooks:9096", "path": "/index.html"}]
_SECONDS = 120


@dataclass(frozen=True)
class Drifting:
    """The stack, and what `make drift` says of it."""

    live: LiveStack
    client: docker.DockerClient

    def report(self, status: int) -> dict[str, Any]:
        done = operations("drift", "--json", stack=STACK, file=self.live.file)
        assert done.returncode == status, done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def kinds(self) -> set[tuple[str, str]]:
        """Kind and name of every difference."""
        return {(found["kind"], found["name"]) for found in self.report(1)["differences"]}

    def lines(self, kind: str, name: str) -> list[str]:
        (found,) = [item for item in self.report(1)["differences"] if (item["kind"], item["name"]) == (kind, name)]
        lines: list[str] = found["lines"]
        return lines

    def container(self, workload: str) -> Any:
        return self.client.containers.get(container_name(STACK, workload))

    def file(self, name: str) -> Path:
        return self.live.folder / "state" / STACK / name

    def edit(self, name: str, old: str, new: str) -> Callable[[], None]:
        """Replace text in a file of the stack's folder; the function that is returned undoes it."""
        path = self.file(name)
        before = path.read_text(encoding="utf-8")
        assert old in before
        path.chmod(0o644)
        path.write_text(before.replace(old, new), encoding="utf-8")

        def undo() -> None:
            path.write_text(before, encoding="utf-8")

        return undo


@pytest.fixture(scope="module")
def stack(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drifting]:
    """Brought up by `make up`; destroyed at the end, whatever happened."""
    folder = tmp_path_factory.mktemp(STACK)
    file = stack_file(folder, STACK, base=None, docker={"ports": PORTS}, services=SERVICES)
    try:
        up = operations("up", stack=STACK, file=file)
        assert up.returncode == 0, f"{up.stdout}\n{up.stderr}"
        yield Drifting(LiveStack(folder, file), client)
    finally:
        operations("destroy", stack=STACK, file=file)


def test_a_stack_that_was_just_brought_up_has_no_drift(stack: Drifting) -> None:
    report = stack.report(0)
    assert (report["status"], report["differences"], report["unanswered"]) == ("same", [], {})
    assert report["compared"]["containers"] > 10
    assert report["compared"]["rules"] > 50
    # Grafana's image is in no package registry.
    assert report["left_out"].keys() <= {"dashboards", "data sources"}


def test_a_setting_that_was_not_brought_up(stack: Drifting) -> None:
    before = stack.live.file.read_text(encoding="utf-8")
    stack.live.change({"monitoring:retention": {"metrics": "40d"}})
    try:
        assert stack.kinds() == {("setting changed", "monitoring:retention")}
    finally:
        stack.live.file.write_text(before, encoding="utf-8")


def test_a_container_that_was_stopped_and_one_with_another_limit(stack: Drifting) -> None:
    stack.container("blackbox-exporter").stop()
    stack.container("runbooks").update(mem_limit="48m", memswap_limit="48m")
    names = {workload: container_name(STACK, workload) for workload in ("blackbox-exporter", "runbooks")}
    found = {item["name"]: item["lines"] for item in stack.report(1)["differences"]}
    assert found.keys() == set(names.values())
    assert found[names["blackbox-exporter"]] == ["state:", "- running", "+ exited"]
    assert {"memory limit in MiB:", "+ 48"} <= set(found[names["runbooks"]])


def test_what_the_report_says_mends_it(stack: Drifting) -> None:
    """Only Docker's own commands and `make up`: both containers of the test before are still changed."""
    for found in stack.report(1)["differences"]:
        remove, up = found["mend"].split(" && ")
        assert (remove, up) == (f"docker rm --force {found['name']}", f"make up STACK={STACK}")
        stack.client.containers.get(found["name"]).remove(force=True)
    missing = {("container missing", container_name(STACK, name)) for name in ("blackbox-exporter", "runbooks")}
    assert stack.kinds() == missing
    done = stack.live.run("up", stack=STACK)
    assert done.returncode == 0, done.stdout + done.stderr
    assert stack.report(0)["differences"] == []


def test_a_container_that_nobody_declared(stack: Drifting) -> None:
    image = stack.container("runbooks").image
    made = stack.client.containers.create(image, name=f"{PREFIX}-mine", labels={"monitoring.stack": STACK})
    try:
        assert stack.kinds() == {("container extra", f"{PREFIX}-mine")}
    finally:
        made.remove()


def test_a_container_of_another_image_with_a_variable_and_a_flag_of_its_own(stack: Drifting) -> None:
    """As somebody makes one by hand in place of the stack's."""
    name = container_name(STACK, "runbooks")
    stack.client.containers.get(name).rename(f"{name}-put-aside")
    image = stack.container("blackbox-exporter").image
    made = stack.client.containers.create(
        image, ["--mine"], name=name, labels={"monitoring.stack": STACK}, environment={"API_TOKEN": "hunter2"}
    )
    try:
        lines = stack.lines("container changed", name)
        assert {"image:", "command:", "+ ['--mine']", "environment API_TOKEN:", "+ set (not shown)"} <= set(lines)
        assert {"read-only root:", "- True", "+ False", "dropped capabilities:", "mounts:"} <= set(lines)
        assert "hunter2" not in str(lines)
    finally:
        made.remove()
        stack.client.containers.get(f"{name}-put-aside").rename(name)


def test_a_file_and_the_configuration_that_alertmanager_has_read_from_it(stack: Drifting) -> None:
    undo = stack.edit("config/alertmanager/alertmanager.yml", "repeat_interval: 12h", "repeat_interval: 13h")
    file = ("file changed", "config/alertmanager/alertmanager.yml")
    try:
        assert stack.kinds() == {file}
        stack.container("alertmanager").kill(signal="SIGHUP")
        loaded = ("Alertmanager setting changed", "route")
        until(lambda: loaded in stack.kinds(), _SECONDS, pause=1)
        assert stack.kinds() == {file, loaded}
        assert stack.lines(*loaded) == ["route.repeat_interval:", "- 12h", "+ 13h"]
    finally:
        undo()
        stack.container("alertmanager").kill(signal="SIGHUP")


def test_rules_and_targets_that_prometheus_has_read_from_changed_files(stack: Drifting) -> None:
    until(lambda: stack_is_same(stack), _SECONDS, pause=1)
    rules = stack.file("config/prometheus/rules/monitoring.rules.yml")
    document = yaml.safe_load(rules.read_text(encoding="utf-8"))
    first = next(rule for rule in document["groups"][0]["rules"] if "alert" in rule)
    undone = [
        stack.edit("config/prometheus/rules/monitoring.rules.yml", f"alert: {first['alert']}\n", "alert: Mine\n"),
        stack.edit("config/prometheus/prometheus.yml", "scrape_interval: 15s", "scrape_interval: 17s"),
    ]
    try:
        stack.container("prometheus").kill(signal="SIGHUP")
        changed = ("Prometheus setting changed", "global")
        until(lambda: changed in stack.kinds(), _SECONDS, pause=1)
        assert stack.kinds() == {
            changed,
            ("file changed", "config/prometheus/prometheus.yml"),
            ("file changed", "config/prometheus/rules/monitoring.rules.yml"),
            ("rule missing", f"{first['alert']} of monitoring.rules.yml"),
            ("rule extra", "Mine of monitoring.rules.yml"),
        }
    finally:
        for undo in undone:
            undo()
        stack.container("prometheus").kill(signal="SIGHUP")
    assert until(lambda: stack_is_same(stack), _SECONDS, pause=1)


def stack_is_same(stack: Drifting) -> bool:
    done = operations("drift", "--json", stack=STACK, file=stack.live.file)
    return done.returncode == 0


def test_a_secret_file_that_somebody_edited_is_named_and_not_shown(stack: Drifting) -> None:
    path = stack.file("secrets/alertmanager/alertmanagerPassword")
    secret = path.read_text(encoding="utf-8")
    undo = stack.edit("secrets/alertmanager/alertmanagerPassword", secret, "hunter2")
    try:
        done = operations("drift", stack=STACK, file=stack.live.file)
    finally:
        undo()
    assert done.returncode == 1
    assert "secret file changed: secrets/alertmanager/alertmanagerPassword" in done.stdout
    assert not [value for value in ("hunter2", secret) if value in done.stdout + done.stderr]


def test_a_volume_and_a_network_that_are_gone(stack: Drifting) -> None:
    """The last: putting them back is what `make up` is for."""
    for name in ("alertmanager", "prepare"):
        stack.container(name).remove(force=True)
    stack.client.volumes.get(f"{PREFIX}-alertmanager-data").remove()
    (network,) = stack.client.networks.list(names=[f"^{PREFIX}$"])
    network.reload()
    for container in network.attrs["Containers"].values():
        network.disconnect(container["Name"], force=True)
    network.remove()
    report = stack.report(1)
    kinds = {(found["kind"], found["name"]) for found in report["differences"]}
    assert kinds >= {
        ("container missing", container_name(STACK, "alertmanager")),
        ("volume missing", f"{PREFIX}-alertmanager-data"),
        ("network missing", PREFIX),
    }
    # Nobody reaches the programs any more: that they could not be compared is said, too.
    assert {"rules", "Prometheus' configuration", "Alertmanager's configuration"} == report["unanswered"].keys()


def test_a_stack_that_is_not_up_cannot_be_compared(stack: Drifting) -> None:
    assert operations("destroy", stack=STACK, file=stack.live.file).returncode == 0
    done = operations("drift", stack=STACK, file=stack.live.file)
    assert done.returncode == 2
    assert done.stderr.startswith(f"Stack {STACK} is not up: none of its containers runs.")
