"""Targets that come and go, found by Docker labels, by DNS and in files, by a stack of its own.

Consul and Kubernetes are not on the machines that run this: see docs/testing.md. Tests run in this order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import ImageNotFound
from docker.models.containers import Container
from docker.models.images import Image
from docker.models.networks import Network

from images.catalog import load_catalog
from tests.waiting import until
from tests.watching import WatchingStack, running_stack
from workloads.place import Place

STACK = "discovery"
# The other one comes first in every sorted list, and Prometheus is not in it.
NETWORK, OTHER_NETWORK = "monitoring-test-discovery", "a-monitoring-test-discovery"
LABEL = "monitoring.test"
PORTS = {
    "grafana": 33000,
    "prometheus": 33090,
    "alertmanager": 33093,
    "otlp_grpc": 33317,
    "otlp_http": 33318,
    "memory_api": 33800,
    "victorialogs": 33428,
    "jaeger": 33686,
    "viewer": 33097,
    "runbooks": 33096,
}
# What is found: node exporters, which have no state. `SMALL` says little, the others over a thousand series.
PORT = 9100
WEB = ("monitoring-test-web-1", "monitoring-test-web-2")
SMALL = "monitoring-test-small"
SMALL_ARGS = ("--collector.disable-defaults", "--collector.uname")


class TargetLists:
    """The folder of file discovery, with a list for each service; Prometheus reads it as another user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)

    def write(self, file: str, containers: Sequence[str], **labels: str) -> None:
        """Replace a list in one step: half a file would be a mistake in Prometheus' log."""
        group = {"targets": [f"{name}:{PORT}" for name in containers], "labels": labels}
        fresh = self.folder / "fresh"
        fresh.write_text(json.dumps([group]), encoding="utf-8")
        fresh.chmod(0o644)
        fresh.rename(self.folder / f"{file}.json")


def services(lists: Path) -> list[dict[str, object]]:
    """Services that are found in three ways, two of them with a limit that is not reached yet."""
    labels = {LABEL: "web"}
    return [
        {"name": name, "kind": "http", "owner": "shop", "alerts": {"JobMissing": {"for": "30s"}}, **entry}
        for name, entry in (
            ("labels", {"discover": {"docker": {"labels": labels, "port": PORT}}}),
            ("names", {"discover": {"dns": {"host": "web", "port": PORT}}}),
            ("files", {"discover": _file("files", lists)}),
            ("too-much", {"discover": _file("too-much", lists), "limits": {"series": 500}}),
            ("too-many", {"discover": _file("too-many", lists), "limits": {"targets": 1}}),
        )
    ]


def _file(name: str, lists: Path) -> dict[str, object]:
    return {"files": {"directory": str(lists), "pattern": f"{name}.json"}}


@pytest.fixture(scope="module")
def networks(client: docker.DockerClient) -> Iterator[tuple[Network, Network]]:
    """The one that the stack joins, and one that it does not."""
    names = (NETWORK, OTHER_NETWORK)
    for container in client.containers.list(all=True, filters={"label": LABEL}):
        container.remove(force=True)
    for left in client.networks.list(names=list(names)):
        left.remove()
    ours, other = (client.networks.create(name) for name in names)
    try:
        yield ours, other
    finally:
        ours.remove()
        other.remove()


@pytest.fixture(scope="module")
def containers(client: docker.DockerClient, networks: tuple[Network, Network]) -> Iterator[dict[str, Container]]:
    """Two containers of one label and one name, also in a network that Prometheus is not in, and a small one."""
    ours, other = networks
    image, made = _image(client), {}
    try:
        for name in (*WEB, SMALL):
            label = "small" if name == SMALL else "web"
            args = list(SMALL_ARGS) if name == SMALL else None
            made[name] = client.containers.create(image, args, name=name, network=other.name, labels={LABEL: label})
            ours.connect(made[name], aliases=[label])
            made[name].start()
        yield made
    finally:
        for container in made.values():
            container.remove(force=True)


def _image(client: docker.DockerClient) -> Image:
    """The node exporter's image that is here: `make test` has readied one."""
    catalogued = load_catalog()["node-exporter"]
    try:
        return client.images.get(catalogued.reference("built"))
    except ImageNotFound:
        return client.images.get(catalogued.reference("registry"))


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> TargetLists:
    """What something else would write."""
    lists = TargetLists(tmp_path_factory.mktemp("targets"))
    # What a list says about itself cannot make it another service.
    lists.write("files", WEB[:1], service="impostor", zone="a")
    lists.write("too-much", [SMALL])
    lists.write("too-many", [SMALL])
    return lists


@pytest.fixture(scope="module")
def stack(
    containers: dict[str, Container], lists: TargetLists, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WatchingStack]:
    """The stack, up and verified with what there is to find."""
    assert containers
    with running_stack(
        STACK,
        tmp_path_factory.mktemp(STACK),
        PORTS,
        services=services(lists.folder),
        docker={"networks": [NETWORK], "socket_group": Path(Place.engine_socket).stat().st_gid},
    ) as running:
        yield running


def instances(stack: WatchingStack, service: str, count: int) -> set[str]:
    """Where a service answers, once it answers in so many places and nowhere does not.

    By place: a target whose labels change is two series until the old one ends.
    """
    answers = f'count by (instance) (up{{service="{service}",kind="http",owner="shop"}} == 1)'
    silent = f'up{{service="{service}"}} == 0'

    def settled() -> list[dict[str, Any]]:
        found = stack.query(answers)
        return found if len(found) == count and not stack.query(silent) else []

    found = until(settled, 360, pause=3)
    assert found, f"not {count} in 360 s: {stack.query(answers)}, down: {stack.query(silent)}"
    return {series["metric"]["instance"] for series in found}


def test_containers_are_found_by_label_in_the_network_that_prometheus_is_in(stack: WatchingStack) -> None:
    assert instances(stack, "labels", 2) == set(WEB)


def test_containers_are_found_by_a_name_with_several_addresses(stack: WatchingStack) -> None:
    assert all(instance.endswith(f":{PORT}") for instance in instances(stack, "names", 2))


def test_targets_are_found_in_a_file_and_stay_the_service_that_declares_it(stack: WatchingStack) -> None:
    assert instances(stack, "files", 1) == {f"{WEB[0]}:{PORT}"}
    assert {series["metric"]["zone"] for series in stack.query('up{service="files"}')} == {"a"}
    assert stack.query('up{service="impostor"}') == []


def test_a_file_that_changes_is_followed(stack: WatchingStack, lists: TargetLists) -> None:
    lists.write("files", WEB)
    assert instances(stack, "files", 2) == {f"{name}:{PORT}" for name in WEB}


def test_a_target_that_sends_more_than_its_limit_is_refused_and_an_alert_says_so(
    stack: WatchingStack, lists: TargetLists
) -> None:
    assert stack.query('node_uname_info{service="too-much"}')
    lists.write("too-much", WEB[:1])
    (alert, *_) = stack.waits_for('ALERTS{alertname="ScrapeRefused",alertstate="firing"}', 240)
    assert alert.items() >= {"service": "too-much", "owner": "shop"}.items()
    assert stack.query(f'node_uname_info{{instance="{WEB[0]}:{PORT}",service="too-much"}}') == []


def test_more_targets_than_the_limit_are_all_refused(stack: WatchingStack, lists: TargetLists) -> None:
    lists.write("too-many", WEB)
    stack.waits_for('count(up{service="too-many"} == 0) == 2', 90)


def test_a_container_that_stops_is_gone_and_not_down(stack: WatchingStack, containers: dict[str, Container]) -> None:
    containers[WEB[1]].stop()
    assert instances(stack, "labels", 1) == {WEB[0]}
    assert len(instances(stack, "names", 1)) == 1


def test_a_service_of_which_nothing_is_left_is_missing(stack: WatchingStack, containers: dict[str, Container]) -> None:
    containers[WEB[0]].stop()
    for service in ("labels", "names"):
        stack.waits_for(f'ALERTS{{alertname="JobMissing",alertstate="firing",service="{service}"}}', 480)
