"""What somebody changed by hand on a real Docker daemon, each kind of it, named by `make drift`.

The stack is a small one of its own. Tests run in this order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml

from runtimes.docker.names import STACK_LABEL, container_name, stack_prefix
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
SETTINGS: dict[str, Any] = {"retention": {"metrics": "30d"}}
RULES = "monitoring.rules.yml"
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

    def container(self, workload: str) -> Any:
        return self.client.containers.get(container_name(STACK, workload))

    def file(self, name: str) -> Path:
        return self.live.folder / "state" / STACK / name

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text in a file of the stack's folder."""
        path = self.file(name)
        before = path.read_text(encoding="utf-8")
        assert old in before
        path.chmod(0o644)
        path.write_text(before.replace(old, new), encoding="utf-8")

    def passwords(self) -> list[str]:
        """Every password of the stack."""
        kept = json.loads(self.file("secrets.json").read_text(encoding="utf-8"))
        return [secret["value"] for secret in kept.values()]


@pytest.fixture(scope="module")
def stack(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drifting]:
    """Brought up by `make up`; destroyed at the end, whatever happened."""
    folder = tmp_path_factory.mktemp(STACK)
    file = stack_file(folder, STACK, base=None, docker={"ports": PORTS}, services=SERVICES, **SETTINGS)
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


def test_each_kind_of_change_is_named(stack: Drifting) -> None:
    """All at once: every comparison asks the whole stack."""
    stack.live.change({"monitoring:retention": {"metrics": "40d"}})
    stack.container("cadvisor").stop()
    stack.container("node-exporter").update(mem_limit="96m", memswap_limit="96m")
    stack.container("runbooks").remove(force=True)
    by_hand(stack, "blackbox-exporter")
    by_hand(stack, "mine")
    rule = first_rule(stack)
    stack.edit("config/alertmanager/alertmanager.yml", "repeat_interval: 12h", "repeat_interval: 13h")
    stack.edit(f"config/prometheus/rules/{RULES}", f"alert: {rule}\n", "alert: Mine\n")
    stack.edit("config/prometheus/prometheus.yml", "scrape_interval: 15s", "scrape_interval: 17s")
    secret = "secrets/jaeger/jaegerPassword"
    stack.edit(secret, stack.file(secret).read_text(encoding="utf-8"), "hunter2")
    stack.file("config/prometheus/rules/mine.rules.yml").write_text("groups: []\n", encoding="utf-8")
    for reader in ("prometheus", "alertmanager"):
        stack.container(reader).kill(signal="SIGHUP")
    wanted = {
        ("setting changed", "monitoring:retention"),
        ("container changed", container_name(STACK, "cadvisor")),
        ("container changed", container_name(STACK, "node-exporter")),
        ("container changed", container_name(STACK, "blackbox-exporter")),
        ("container missing", container_name(STACK, "runbooks")),
        ("container extra", container_name(STACK, "mine")),
        ("file changed", "config/alertmanager/alertmanager.yml"),
        ("file changed", f"config/prometheus/rules/{RULES}"),
        ("file changed", "config/prometheus/prometheus.yml"),
        ("file extra", "config/prometheus/rules/mine.rules.yml"),
        ("secret file changed", secret),
        ("Prometheus setting changed", "global"),
        ("rule missing", f"{rule} of {RULES}"),
        ("rule extra", f"Mine of {RULES}"),
        ("Alertmanager setting changed", "route"),
    }
    # What was told to read its files has read them a moment later.
    until(lambda: stack.kinds() == wanted, _SECONDS, pause=1)
    assert stack.kinds() == wanted


def test_the_differences_are_readable_and_show_no_secret(stack: Drifting) -> None:
    report = stack.report(1)
    found = {(item["kind"], item["name"]): item["lines"] for item in report["differences"]}
    assert found["container changed", container_name(STACK, "cadvisor")] == ["state:", "- running", "+ exited"]
    limits = found["container changed", container_name(STACK, "node-exporter")]
    assert {"memory limit in MiB:", "- 128", "+ 96"} <= set(limits)
    by_hand = found["container changed", container_name(STACK, "blackbox-exporter")]
    assert {"image:", "command:", "+ ['--mine']", "environment API_TOKEN:", "+ set (not shown)"} <= set(by_hand)
    assert {"read-only root:", "dropped capabilities:", "mounts:", "networks:"} <= set(by_hand)
    assert found["Alertmanager setting changed", "route"] == ["route.repeat_interval:", "- 12h", "+ 13h"]
    assert found["Prometheus setting changed", "global"] == ["global.scrape_interval:", "- 15s", "+ 17s"]
    assert {"-  repeat_interval: 12h", "+  repeat_interval: 13h"} <= {
        line.rstrip() for line in found["file changed", "config/alertmanager/alertmanager.yml"]
    }
    shown = json.dumps(report)
    assert [value for value in ("hunter2", "hunter3", *stack.passwords()) if value in shown] == []


def test_what_the_report_says_mends_all_of_it(stack: Drifting) -> None:
    """Only Docker's own command and `make up`."""
    stack.live.change({"monitoring:retention": {"metrics": "30d"}})
    for found in stack.report(1)["differences"]:
        if found["mend"].startswith("docker rm --force "):
            stack.client.containers.get(found["mend"].split()[3]).remove(force=True)
    done = operations("up", stack=STACK, file=stack.live.file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert stack.report(0)["differences"] == []


def first_rule(stack: Drifting) -> str:
    """The first alert of the stack's own rules."""
    text = stack.file(f"config/prometheus/rules/{RULES}").read_text(encoding="utf-8")
    rules = [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
    return next(str(rule["alert"]) for rule in rules if "alert" in rule)


def by_hand(stack: Drifting, name: str) -> None:
    """A container with the stack's label, in place of the stack's own if there is one of that name."""
    image, made = stack.container("collector-gateway").image, container_name(STACK, name)
    for container in stack.client.containers.list(all=True, filters={"name": f"^/{made}$"}):
        container.remove(force=True)
    variables = {"API_TOKEN": "hunter3"}
    stack.client.containers.create(image, ["--mine"], name=made, labels={STACK_LABEL: STACK}, environment=variables)


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
