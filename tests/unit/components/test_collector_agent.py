"""The agent of the shipped stacks."""

from __future__ import annotations

from tests.conftest import Deployment


def test_the_agent_reads_the_logs_of_every_container_and_names_them_like_the_services(dev: Deployment) -> None:
    config = dev.document("collector-agent", "agent.yaml")
    (receiver,) = config["receivers"].values()
    assert receiver["include"] == ["/var/lib/docker/containers/*/*-json.log"]
    assert receiver["storage"] == "file_storage"
    (statements,) = config["processors"]["transform/names"]["log_statements"]
    assert 'replace_pattern(attributes["service.name"], "^monitoring-dev-", "")' in statements["statements"]
    assert config["service"]["pipelines"]["logs"]["exporters"] == ["otlp_grpc/gateway"]
    assert config["exporters"]["otlp_grpc/gateway"]["endpoint"] == "collector-gateway:4317"
