"""All topics together: their order, and that names are known before anybody is asked."""

from __future__ import annotations

import httpx

from operations.verify.checks import all_checks
from tests.unit.operations.verify.world import World

TOPICS = [
    *("workload", "target", "no", "rules", "latency", "logs", "spans", "traces"),
    *("heartbeat", "runbooks", "dashboard", "dashboards", "login", "published"),
]


def test_topics_stand_in_the_order_of_the_table(world: World) -> None:
    seen = dict.fromkeys(row.name.split(" ")[0] for row in world.rows())
    assert list(seen) == TOPICS


def test_names_are_known_without_asking_and_each_is_one_row(world: World) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"nobody should be asked: {request.url}")

    with httpx.Client(transport=httpx.MockTransport(refuse)) as http:
        names = [name for check in all_checks(world.live(http)) for name in check.names]
    assert len(names) == len(set(names))
    assert names == [row.name for row in world.rows()]
