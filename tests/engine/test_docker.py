"""The dev stack on the real engine and a real Docker daemon: its life from up to destroy, in this order."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import docker
import httpx
import pytest

from images.build import tool_cached
from runtimes.docker.names import stack_prefix
from settings.errors import ConfigurationError
from tests.engine.stack import STACK, EngineStack
from tests.stacks import stack_file
from workloads.place import Place

PORTS = {
    "grafana": 23000,
    "prometheus": 29090,
    "alertmanager": 29093,
    "otlp_grpc": 24317,
    "otlp_http": 24318,
    "jaeger": 36686,
    "viewer": 39197,
    "victorialogs": 39428,
    "memory_api": 28000,
}
NETWORK = "monitoring-test-engine"
# Beside the dev stack's: an exporter that is sent to (UDP), and containers to look for (Docker socket, supplementary
# group, a network of others).
SERVICES: list[dict[str, object]] = [
    {"name": "pipelines", "kind": "airflow", "statsd_port": 29125},
    {"name": "found", "kind": "http", "discover": {"docker": {"labels": {"app": "found"}, "port": 8000}}},
]
PREFIX = stack_prefix(STACK)


@pytest.fixture(scope="module")
def stack(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineStack]:
    """The dev stack's services and a few more under another name; destroyed at the end."""
    missing = [] if shutil.which("pulumi-resource-docker") else ["pulumi-resource-docker on PATH"]
    if shutil.which("pulumi") is None and tool_cached("pulumi") is None:
        missing.append("the Pulumi CLI")
    if missing:
        pytest.skip(f"missing: {' and '.join(missing)} (Pulumi's Docker provider is in no package registry)")
    folder = tmp_path_factory.mktemp("stack")
    for left in client.networks.list(names=[NETWORK]):
        left.remove()
    network = client.networks.create(NETWORK)

    section = {"ports": PORTS, "networks": [NETWORK], "socket_group": Path(Place.engine_socket).stat().st_gid}
    made = EngineStack(stack_file(folder, STACK, docker=section, grafana={"content": "files"}))
    made.edit(lambda config: config["monitoring:services"].extend(SERVICES))
    try:
        with pytest.MonkeyPatch.context() as environment:
            for name in ("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"):
                environment.delenv(name, raising=False)
            yield made
            made.destroy()
    finally:
        network.remove()


def started(client: docker.DockerClient) -> dict[str, str]:
    found = client.containers.list(filters={"label": f"monitoring.stack={STACK}"})
    return {str(container.name): container.attrs["State"]["StartedAt"] for container in found}


def test_up_creates_a_healthy_stack(stack: EngineStack, client: docker.DockerClient) -> None:
    stack.up()
    containers = client.containers.list(filters={"label": f"monitoring.stack={STACK}"})
    assert len(containers) >= 10
    assert {container.attrs["State"]["Health"]["Status"] for container in containers} == {"healthy"}


def test_a_second_up_changes_nothing(
    stack: EngineStack, client: docker.DockerClient, capfd: pytest.CaptureFixture[str]
) -> None:
    before = started(client)
    stack.up()
    said = capfd.readouterr().err
    assert said.splitlines()[-1] == f"==> Nothing to change: stack {STACK} runs as its settings say"
    assert "not by this program" not in said
    assert started(client) == before


def test_a_changed_setting_reloads_and_replaces_nothing(
    stack: EngineStack, client: docker.DockerClient, capfd: pytest.CaptureFixture[str]
) -> None:
    before = started(client)
    stack.up(lambda config: config.update({"monitoring:prometheus": {"scrape_interval": "10s"}}))
    # Two directories: Prometheus' own, and the gateway's, which makes span metrics as often as they are scraped.
    told = [line.split() for line in capfd.readouterr().err.splitlines() if line.startswith("    updated ")]
    assert [words[1] for words in told] == ["HostDirectory", "HostDirectory"]
    assert started(client) == before
    assert "scrape_interval: 10s" in _prometheus_config(stack)


def _prometheus_config(stack: EngineStack) -> str:
    secret = stack.file.parent / "state" / STACK / "secrets" / "prometheus" / "prometheusPassword"
    answer = httpx.get(
        f"http://127.0.0.1:{PORTS['prometheus']}/api/v1/status/config",
        auth=("admin", secret.read_text(encoding="utf-8")),
        timeout=30,
    )
    answer.raise_for_status()
    return str(answer.json()["data"]["yaml"])


def test_a_stopped_container_is_seen_and_replaced(stack: EngineStack, client: docker.DockerClient) -> None:
    client.containers.get(f"{PREFIX}-blackbox-exporter").stop()
    stack.up()
    assert client.containers.get(f"{PREFIX}-blackbox-exporter").status == "running"


def test_a_mistake_in_the_settings_changes_nothing(stack: EngineStack, client: docker.DockerClient) -> None:
    before = started(client)
    with pytest.raises(ConfigurationError, match="unknown key 'retentoin'"):
        stack.up(lambda config: config.update({"monitoring:retentoin": {}}))
    assert started(client) == before
    stack.edit(lambda config: config.pop("monitoring:retentoin"))


def test_destroy_leaves_nothing_behind(stack: EngineStack, client: docker.DockerClient) -> None:
    stack.destroy()
    assert not client.containers.list(all=True, filters={"label": f"monitoring.stack={STACK}"})
    assert not [volume for volume in client.volumes.list() if str(volume.name).startswith(f"{PREFIX}-")]
    assert not client.networks.list(names=[f"^{PREFIX}$"])
