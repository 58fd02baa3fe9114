"""`pulumi up`, again, refresh, a change, destroy: on the real engine and a real Docker daemon, in this order."""

from __future__ import annotations

import docker
import httpx

from runtimes.docker.names import stack_prefix
from tests.engine.conftest import PORTS, STACK, EngineStack

PREFIX = stack_prefix(STACK)


def started(client: docker.DockerClient) -> dict[str, str]:
    found = client.containers.list(filters={"label": f"monitoring.stack={STACK}"})
    return {str(container.name): container.attrs["State"]["StartedAt"] for container in found}


def test_up_creates_a_healthy_stack(engine: EngineStack, client: docker.DockerClient) -> None:
    engine.stack.up(on_output=print)
    containers = client.containers.list(filters={"label": f"monitoring.stack={STACK}"})
    assert len(containers) >= 10
    assert {container.attrs["State"]["Health"]["Status"] for container in containers} == {"healthy"}


def test_outputs_hold_addresses_and_no_secret(engine: EngineStack) -> None:
    outputs = engine.stack.outputs()
    assert outputs["prometheusUrl"].value == f"http://127.0.0.1:{PORTS['prometheus']}"
    assert not any(output.secret for output in outputs.values())


def test_a_second_up_changes_nothing(engine: EngineStack, client: docker.DockerClient) -> None:
    before = started(client)
    summary = engine.stack.up(expect_no_changes=True).summary
    assert set(summary.resource_changes or {}) == {"same"}
    assert started(client) == before


def test_a_refresh_finds_no_difference(engine: EngineStack) -> None:
    engine.stack.refresh(expect_no_changes=True)
    changes = engine.stack.preview(refresh=True).change_summary
    assert set(changes) == {"same"}


def test_a_changed_setting_reloads_and_replaces_nothing(engine: EngineStack, client: docker.DockerClient) -> None:
    before = started(client)
    engine.configure({"monitoring:prometheus": {"scrape_interval": "10s"}})
    summary = engine.stack.up().summary
    assert summary.resource_changes is not None
    # Two directories: Prometheus' own, and the gateway's, which makes span metrics as often as they are scraped.
    assert {str(kind): count for kind, count in summary.resource_changes.items() if kind != "same"} == {"update": 2}
    assert started(client) == before
    assert "scrape_interval: 10s" in _prometheus_config(engine)


def _prometheus_config(engine: EngineStack) -> str:
    secret = engine.state / "files" / STACK / "secrets" / "prometheus" / "prometheusPassword"
    answer = httpx.get(
        f"http://127.0.0.1:{PORTS['prometheus']}/api/v1/status/config",
        auth=("admin", secret.read_text(encoding="utf-8")),
        timeout=30,
    )
    answer.raise_for_status()
    return str(answer.json()["data"]["yaml"])


def test_a_stopped_container_is_seen_and_replaced(engine: EngineStack, client: docker.DockerClient) -> None:
    client.containers.get(f"{PREFIX}-blackbox-exporter").stop()
    engine.stack.up(refresh=True)
    assert client.containers.get(f"{PREFIX}-blackbox-exporter").status == "running"


def test_a_mistake_in_the_settings_changes_nothing(engine: EngineStack, client: docker.DockerClient) -> None:
    before = started(client)
    engine.configure({"monitoring:lokki": {}})
    try:
        engine.stack.up()
    except Exception as error:
        assert "unknown key 'lokki'" in str(error)
    else:
        raise AssertionError("the mistake was not reported")
    assert started(client) == before


def test_destroy_leaves_nothing_behind(engine: EngineStack, client: docker.DockerClient) -> None:
    engine.configure({"monitoring:loki": {}})
    engine.stack.destroy(remove=False)
    assert not client.containers.list(all=True, filters={"label": f"monitoring.stack={STACK}"})
    assert not [volume for volume in client.volumes.list() if str(volume.name).startswith(f"{PREFIX}-")]
    assert not client.networks.list(names=[f"^{PREFIX}$"])
