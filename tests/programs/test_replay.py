"""Counting messages by a real Alertmanager whose time runs faster: what the figures of incidents rest on."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from images.build import tool_path
from operations.drill.replay import messages, pages, plain_configuration, replay
from operations.drill.told import Seen
from operations.target import load_target
from runtimes.console import Failure

OWNER = {"environment": "dev", "owner": "memory"}
# As the shipped rules label them, at the moments at which they fire after the database's death.
DATABASE_DEAD = tuple(
    Seen({**OWNER, "alertname": name, "service": service, "severity": severity, "cause": cause}, start, 420)
    for start, name, service, severity, cause in (
        (0, "PostgresDown", "memory-db", "critical", "down"),
        (180, "EndpointDown", "memory-uptime", "critical", "down"),
        (200, "DependencyDegraded", "memory-api", "warning", "errors"),
        (240, "HighErrorRate", "memory-api", "critical", "errors"),
    )
)


def shipped() -> dict[str, Any]:
    """Alertmanager's configuration of the dev stack."""
    (workload,) = (each for each in load_target("dev").program.workloads if each.name == "alertmanager")
    assert workload.config
    configuration: dict[str, Any] = yaml.safe_load(workload.config.files["alertmanager.yml"])
    return configuration


def test_a_dead_database_is_one_page_and_three_under_plain_rules() -> None:
    program = tool_path("alertmanager")
    ours, plain = replay(program, shipped(), DATABASE_DEAD), replay(program, plain_configuration(), DATABASE_DEAD)
    assert pages(ours) == 1
    assert (pages(plain), messages(plain)) == (3, 4)


def test_without_inhibition_the_shipped_routes_page_three_times() -> None:
    heard = replay(tool_path("alertmanager"), {**shipped(), "inhibit_rules": []}, DATABASE_DEAD)
    assert pages(heard) == 3


def test_what_ends_is_told_once_and_counts_as_no_page() -> None:
    heard = replay(tool_path("alertmanager"), plain_configuration(), DATABASE_DEAD[:1])
    assert [(bool(each.firing), bool(each.resolved)) for each in heard] == [(True, False), (False, True)]
    assert pages(heard) == 1


def test_a_configuration_that_alertmanager_refuses_is_told_in_its_words() -> None:
    broken = {**plain_configuration(), "inhibit_rules": [{"source_matchers": ["no matcher"]}]}
    with pytest.raises(Failure, match=r"(?s)Alertmanager did not start: .*no matcher"):
        replay(tool_path("alertmanager"), broken, DATABASE_DEAD)
