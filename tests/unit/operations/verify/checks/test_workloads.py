"""Rows about workloads: what is declared runs and is healthy, or it is said what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from operations.verify.rows import Row, failed, skipped
from tests.unit.operations.verify.world import NOW, World, at


def test_one_row_for_each_workload(world: World) -> None:
    rows = [row for row in world.rows() if row.name.startswith("workload ")]
    expected = [f"workload {workload.name}" for workload in world.declared.program.workloads]
    assert [row.name for row in rows] == [
        *expected,
        *(f"workload {name}" for name in sorted(world.declared.program.missing)),
    ]
    assert rows[0] == Row(expected[0], "passed", "runs and is healthy")


def test_a_workload_without_an_image_is_skipped_with_the_reason(world: World) -> None:
    assert world.row("workload grafana") == skipped("workload grafana", world.declared.program.missing["grafana"])
    assert world.declared.program.missing["grafana"]


def test_a_missing_container(world: World) -> None:
    del world.containers["node-exporter"]
    assert world.row("workload node-exporter") == failed(
        "workload node-exporter",
        "container monitoring-test-node-exporter does not exist: run make up STACK=test.",
    )


@pytest.mark.parametrize(
    ("state", "detail", "may_change"),
    [
        (
            {"Status": "exited", "ExitCode": 137},
            "container monitoring-test-cadvisor ended with status 137: docker logs monitoring-test-cadvisor says why;"
            " then run make up STACK=test.",
            False,
        ),
        (
            {"Status": "restarting"},
            "container monitoring-test-cadvisor is restarting: docker logs monitoring-test-cadvisor says why.",
            True,
        ),
        (
            {"Status": "paused"},
            "container monitoring-test-cadvisor is paused: run make up STACK=test.",
            False,
        ),
        (
            {"Status": "running"},
            "container monitoring-test-cadvisor has no health check: run make up STACK=test, which makes it anew.",
            False,
        ),
        (
            {"Status": "running", "Health": {"Status": "unhealthy"}},
            "container monitoring-test-cadvisor runs but is unhealthy: docker logs monitoring-test-cadvisor says why.",
            True,
        ),
    ],
)
def test_a_container_that_does_not_do(world: World, state: dict[str, Any], detail: str, may_change: bool) -> None:
    world.containers["cadvisor"]["State"] = {"StartedAt": at(NOW), **state}
    assert world.row("workload cadvisor") == Row("workload cadvisor", "failed", detail, may_change)
