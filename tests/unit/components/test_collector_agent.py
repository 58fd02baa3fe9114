"""The agent of the shipped stacks. What it makes of lines is tested with the real one, in tests/programs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.collector_agent import agent_workload
from components.logs.names import CONTAINERS, LINKS
from tests.conftest import PLACE, Deployment


def only_receiver(deployment: Deployment) -> Any:
    (receiver,) = deployment.document("collector-agent", "agent.yaml")["receivers"].values()
    return receiver


def test_the_agent_reads_the_logs_of_every_container_and_names_them_like_the_services(dev: Deployment) -> None:
    config = dev.document("collector-agent", "agent.yaml")
    receiver = only_receiver(dev)
    assert receiver["include"] == [f"{LINKS}/*/*-json.log"]
    assert receiver["storage"] == "file_storage"
    (statements,) = config["processors"]["transform/names"]["log_statements"]
    assert 'replace_pattern(attributes["service.name"], "^monitoring-dev-", "")' in statements["statements"]
    assert config["service"]["pipelines"]["logs"]["exporters"] == ["otlp_grpc/gateway"]
    assert config["exporters"]["otlp_grpc/gateway"]["endpoint"] == "collector-gateway:4317"


def test_the_agent_starts_when_containers_have_names(dev: Deployment) -> None:
    # What it finds later it would read from the start.
    assert "container-names" in dev.first_of("collector-agent")


def test_a_message_is_smaller_than_what_the_gateway_takes(dev: Deployment) -> None:
    queue = dev.document("collector-agent", "agent.yaml")["exporters"]["otlp_grpc/gateway"]["sending_queue"]
    record = only_receiver(dev)["operators"]
    longest = max(operator["max_log_size"] for operator in record if operator["type"] == "recombine")
    assert longest < queue["batch"]["max_size"] < 4 * 1024 * 1024
    assert queue["batch"]["sizer"] == "bytes"


def test_numbers_of_pythons_logging_are_read_for_services_that_are_pythons(dev: Deployment) -> None:
    (group,) = dev.document("collector-agent", "agent.yaml")["processors"]["transform/records"]["log_statements"]
    (python,) = [statement for statement in group["statements"] if 'cache["python"], true' in statement]
    assert '"^(memory-api)$"' in python


def test_another_data_root_is_mounted_where_the_agent_looks(dev: Deployment) -> None:
    place = replace(PLACE, log_directory="/data/docker/containers")
    (mount,) = agent_workload(dev.program.plan, place).host_mounts
    assert (mount.source, mount.target) == ("/data/docker/containers", CONTAINERS)
