"""What rules and runbooks read, asked of the running stack."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.live.conftest import LiveStack
from tests.proof import emitters, runbook_queries

# A healthy stack says only this. Alerts that wait for hours are what a soak of the dev stack is for (docs/testing.md).
ALWAYS_FIRING = {"Heartbeat"}
# Series that come to be at their first event: traffic and one round of every recording.
_SECONDS = 180


def test_every_metric_that_is_said_to_be_on_the_demo_stack_is_there(running: LiveStack) -> None:
    wanted = {metric: emitter.emitter for emitter in emitters() if emitter.demo for metric in emitter.metrics}
    assert wanted
    missing = wanted
    deadline = time.monotonic() + _SECONDS
    while missing and time.monotonic() < deadline:
        names = set(running.prometheus("label/__name__/values"))
        missing = {metric: emitter for metric, emitter in wanted.items() if metric not in names}
        time.sleep(5 if missing else 0)
    assert missing == {}


def test_every_query_of_a_runbook_is_answered(running: LiveStack) -> None:
    refused: dict[str, str] = {}
    for page, query in runbook_queries():
        try:
            running.prometheus("query", query=query)
        except httpx.HTTPStatusError as error:
            refused[f"{page}: {query}"] = error.response.text
    assert refused == {}


def test_a_healthy_stack_fires_nothing_but_the_heartbeat(running: LiveStack) -> None:
    firing = {
        (alert["labels"]["alertname"], alert["labels"].get("service", ""))
        for alert in running.prometheus("alerts")["alerts"]
        # The machine itself may be busy with the tests.
        if alert["state"] == "firing" and alert["labels"].get("service") != "node-exporter"
    }
    assert {name for name, _ in firing} == ALWAYS_FIRING, firing


@pytest.mark.parametrize("alert", ["HighErrorRate", "HighLatency", "LowCacheHitRate", "SlowQueries"])
def test_the_limits_of_the_demo_are_series(running: LiveStack, alert: str) -> None:
    found = running.prometheus("query", query=f'service:alert:threshold{{alert="{alert}"}}')["result"]
    assert found, alert
