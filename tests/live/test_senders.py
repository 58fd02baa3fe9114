"""Bad senders beside a good one, on a stack of their own: the good one has everything, the bad ones an alert each."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import docker
import httpx
import pytest

from tests.standins.senders import counter, faulty_logs, faulty_metrics, faulty_spans, logs, metrics, spans
from tests.watching import WatchingStack, running_stack

STACK = "send"
PORTS = {
    "grafana": 36000,
    "prometheus": 36090,
    "alertmanager": 36093,
    "otlp_grpc": 36317,
    "otlp_http": 36318,
    "memory_api": 36800,
    "victorialogs": 36428,
    "jaeger": 36686,
    "viewer": 36097,
    "runbooks": 36096,
}
# The alert waits five minutes by itself.
SOON = {"OtlpSenderFaulty": {"for": "15s"}}


def send(signal: str, *found: Mapping[str, Any]) -> None:
    keys = {"metrics": "resourceMetrics", "logs": "resourceLogs", "traces": "resourceSpans"}
    body = {keys[signal]: found}
    httpx.post(f"http://127.0.0.1:{PORTS['otlp_http']}/v1/{signal}", json=body, timeout=60).raise_for_status()


def send_once(number: int) -> None:
    """What everybody sends within the same moment, the good one in each of the requests."""
    for sender, (_, metric) in faulty_metrics().items():
        send("metrics", metrics("good", counter(f"with_{sender}".replace("-", "_"), number)), metrics(sender, metric))
    for _, found in faulty_logs().values():
        send("logs", logs("good", f"line {number}"), found)
    for _, found in faulty_spans().values():
        send("traces", spans("good"), found)


@pytest.fixture(scope="module")
def stack(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchingStack]:
    """The stack, with everybody sending. Of one sender the stack file knows whose it is."""
    assert client
    known = {"name": "clock-ahead", "kind": "otel", "otlp": {}, "owner": "web"}
    folder = tmp_path_factory.mktemp(STACK)
    with running_stack(STACK, folder, PORTS, services=[known], alerts=SOON) as running:
        stop = threading.Event()

        def keep_sending() -> None:
            number = 0
            while not stop.wait(1):
                number += 1
                send_once(number)

        sending = threading.Thread(target=keep_sending)
        sending.start()
        try:
            yield running
        finally:
            stop.set()
            sending.join()


@pytest.mark.parametrize("sender", faulty_metrics())
def test_the_good_one_loses_no_metric_that_was_sent_beside_a_bad_one(stack: WatchingStack, sender: str) -> None:
    name = f"with_{sender}".replace("-", "_")
    stack.waits_for(f'{name}_total{{job="good"}} >= 5', 180)
    # Nor a single point on the way: each second's value is one more.
    points = f'count_over_time({name}_total{{job="good"}}[10m])'
    stack.waits_for(f'max_over_time({name}_total{{job="good"}}[10m]) - {points} == 0', 60)


@pytest.mark.parametrize(
    ("signal", "faulty"), [("metrics", faulty_metrics), ("logs", faulty_logs), ("traces", faulty_spans)]
)
def test_an_alert_names_each_bad_one_and_its_fault_and_not_the_good_one(
    stack: WatchingStack, signal: str, faulty: Any
) -> None:
    for sender, (reason, _) in faulty().items():
        labels = (
            f'alertname="OtlpSenderFaulty",alertstate="firing",sender="{sender}",signal="{signal}",reason="{reason}"'
        )
        stack.waits_for(f"ALERTS{{{labels}}}", 240)
    assert stack.query('ALERTS{alertname=~"OtlpSender.*",sender="good"}') == []


def test_the_alert_belongs_to_the_owner_of_the_service(stack: WatchingStack) -> None:
    stack.waits_for('ALERTS{alertname="OtlpSenderFaulty",service="clock-ahead",kind="otel",owner="web"}', 240)
