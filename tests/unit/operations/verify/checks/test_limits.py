"""The row about limits that the services' histograms cannot tell."""

from __future__ import annotations

from operations.verify.rows import passed
from tests.unit.operations.verify.world import World


def test_limits_that_can_be_measured(world: World) -> None:
    assert world.row("latency limits") == passed("latency limits", "buckets end at or above all of them")


def test_an_objective_at_no_buckets_bound(world: World) -> None:
    world.unmeasurable = {"bound": {"memory-api": "3"}}
    assert world.failures() == {
        "latency limits": "no bucket of memory-api ends at slo.latency.seconds:"
        " set it to the bound of a bucket, or give the histogram one that ends there."
    }


def test_a_limit_above_the_highest_bucket(world: World) -> None:
    world.unmeasurable = {"limit": {"memory-api": "0.5"}}
    assert world.failures() == {
        "latency limits": "the limit of HighLatency for memory-api is above its highest bucket, 0.5 s:"
        " lower it, or give the histogram a bucket that ends there."
    }
