"""Bad senders beside a good one, in one second and in one request, through the real gateway to the real stores."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import grpc
import httpx
import pytest

from components.endpoints import GATEWAY_METRICS, GATEWAY_OTLP_GRPC, GATEWAY_OTLP_HTTP, PROMETHEUS
from dashboards.signals import LogQuery, TraceQuery
from tests.programs.running import Place, eventually, health, place_for
from tests.standins.senders import (
    DELTA,
    counter,
    exponential_histogram,
    faulty_logs,
    faulty_metrics,
    faulty_spans,
    logs,
    metrics,
    spans,
)

MEBIBYTE = 1024 * 1024
EVERY_SECOND = {"prometheus": {"scrape_interval": "1s", "evaluation_interval": "1s"}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The gateway, with Prometheus and the stores behind it."""
    place = place_for(tmp_path_factory.mktemp("senders"), **EVERY_SECOND)
    listens = f"--web.listen-address=127.0.0.1:{place.ports[PROMETHEUS]}"
    with ExitStack() as stack:
        for store in place.stores.both:
            for workload in store.workloads(place.program.plan):
                stack.enter_context(place.running(workload, store.tool, health(place, workload.name)))
        prometheus = place.workload("prometheus")
        ready = f"{place.url(PROMETHEUS)}/-/ready"
        stack.enter_context(place.running(prometheus, "prometheus", ready, arguments=[listens], guard=PROMETHEUS))
        gateway = place.workload("collector-gateway")
        stack.enter_context(place.running(gateway, "otelcol-gateway", health(place, gateway.name)))
        yield place


def send(place: Place, signal: str, *found: Mapping[str, Any]) -> httpx.Response:
    """One request with all of it."""
    keys = {"metrics": "resourceMetrics", "logs": "resourceLogs", "traces": "resourceSpans"}
    return httpx.post(f"{place.url(GATEWAY_OTLP_HTTP)}/v1/{signal}", json={keys[signal]: found}, timeout=60)


def asked(place: Place, query: str) -> list[dict[str, Any]]:
    """Series that Prometheus has."""
    answer = httpx.get(
        f"{place.url(PROMETHEUS)}/api/v1/query", params={"query": query}, auth=place.login(PROMETHEUS), timeout=30
    )
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["data"]["result"]
    return found


def value(place: Place, query: str) -> float | None:
    """The only series that Prometheus has; None when it has none."""
    found = asked(place, query)
    return float(found[0]["value"][1]) if found else None


def faults_of(place: Place, signal: str) -> dict[str, str]:
    """Faults by who is said to have them."""
    found = asked(place, f'otlp_sender_faults_total{{signal="{signal}"}}')
    return {series["metric"]["sender"]: series["metric"]["reason"] for series in found}


def is_stored(place: Place, service: str) -> bool:
    """Whether a line and a trace of a service are."""
    line = place.ask(place.stores.logs.newest(LogQuery((service,)), "30m"))
    now = time.time()
    return bool(line and place.ask(place.stores.traces.newest(TraceQuery(service), now - 1800, now + 60)))


# --- Metrics ---------------------------------------------------------------------------------------------------------


def test_whoever_sends_what_prometheus_refuses_is_named_and_loses_alone(place: Place) -> None:
    faulty = faulty_metrics()
    for number, (sender, (_, metric)) in enumerate(faulty.items()):
        right = metrics("good", counter(f"with_{number}", number + 1))
        # In one request, as a collector of the applications' own sends, and in one of the same moment.
        assert send(place, "metrics", right, metrics(sender, metric)).status_code == 200
        with ThreadPoolExecutor(2) as pool:
            answers = [
                pool.submit(send, place, "metrics", metrics(service, sent))
                for service, sent in (("good", counter(f"beside_{number}", number + 1)), (sender, metric))
            ]
        assert [answer.result().status_code for answer in answers] == [200, 200]
    assert send(place, "metrics", metrics("good", counter("last", 1))).status_code == 200
    assert eventually(lambda: value(place, 'last_total{job="good"}')) == 1
    for number in range(len(faulty)):
        for name in (f"with_{number}_total", f"beside_{number}_total"):
            assert value(place, f'{name}{{job="good"}}') == number + 1, name
    assert asked(place, '{__name__=~"faulty.*"}') == []
    told = {sender: reason for sender, (reason, _) in faulty.items()}
    assert eventually(lambda: faults_of(place, "metrics") == told), faults_of(place, "metrics")
    assert value(place, 'otlp_sender_faults_total{sender="user-ids"}') == 20_000


def test_what_is_right_of_a_faulty_request_is_stored(place: Place) -> None:
    both = metrics(
        "half", counter("half_right", 7), counter("half_faulty", 7, at=7200), exponential_histogram("fine", 25)
    )
    assert send(place, "metrics", both).status_code == 200
    assert eventually(lambda: value(place, 'half_right_total{job="half"}')) == 7
    assert eventually(lambda: asked(place, 'fine{job="half"}'))
    assert asked(place, "half_faulty_total") == []


def test_deltas_become_totals(place: Place) -> None:
    for at in (-3.0, -2.0, -1.0):
        sent = metrics("adds", counter("orders", 4, temporality=DELTA, at=at))
        assert send(place, "metrics", metrics("good", counter("with_delta", 1)), sent).status_code == 200
    assert eventually(lambda: value(place, 'orders_total{job="adds"}') == 12)
    assert value(place, 'with_delta_total{job="good"}') == 1


def test_a_metric_without_a_type_has_no_points_and_takes_none_with_it(place: Place) -> None:
    assert (
        send(
            place, "metrics", metrics("typeless", {"name": "nothing"}), metrics("good", counter("with_typeless", 1))
        ).status_code
        == 200
    )
    assert eventually(lambda: value(place, 'with_typeless_total{job="good"}')) == 1


def test_attributes_that_no_label_can_be_made_of_are_left_out(place: Place) -> None:
    metric = counter("odd_labels", 3)
    for key in ("", "___", "ключ"):
        metric["sum"]["dataPoints"][0]["attributes"].append({"key": key, "value": {"stringValue": "x"}})
    assert send(place, "metrics", metrics("odd", metric), metrics("good", counter("with_odd", 1))).status_code == 200
    assert eventually(lambda: value(place, 'with_odd_total{job="good"}')) == 1
    assert value(place, 'odd_labels_total{job="odd",user="0"}') == 3


# --- Logs and spans --------------------------------------------------------------------------------------------------


def test_logs_and_spans_of_bad_senders_cost_others_nothing_and_name_their_sender(place: Place) -> None:
    bad_logs, bad_spans = faulty_logs(), faulty_spans()
    for sent in (found for _, found in bad_logs.values()):
        assert send(place, "logs", logs("neighbour", "as it should be"), sent).status_code == 200
    for sent in (found for _, found in bad_spans.values()):
        assert send(place, "traces", spans("neighbour"), sent).status_code == 200
    assert eventually(lambda: is_stored(place, "neighbour"))
    for signal, bad in (("logs", bad_logs), ("traces", bad_spans)):
        told = {sender: reason for sender, (reason, _) in bad.items()}
        assert eventually(lambda told=told, signal=signal: faults_of(place, signal) == told), faults_of(place, signal)  # type: ignore[misc]
    # Each of the good ones is there, not only the newest.
    counted = place.ask(place.stores.logs.severities(LogQuery(("neighbour",)), "30m"))
    assert counted == {"info": len(bad_logs)}


def test_attributes_of_a_line_that_a_store_cannot_name_get_a_name(place: Place) -> None:
    sent = logs("odd-fields", "kept")
    (record,) = sent["scopeLogs"][0]["logRecords"]
    for holder in (record, sent["resource"], sent["scopeLogs"][0]["scope"]):
        holder.setdefault("attributes", []).extend(
            {"key": key, "value": {"stringValue": "x"}} for key in ("", "___", "ключ", "ключ1")
        )
    assert send(place, "logs", sent, logs("beside-odd-fields", "kept")).status_code == 200
    for service in ("odd-fields", "beside-odd-fields"):
        line = eventually(lambda service=service: place.ask(place.stores.logs.newest(LogQuery((service,)), "30m")))  # type: ignore[misc]
        assert line is not None
        assert line.text == "kept"


def test_large_spans_and_lines_of_one_are_never_batched_into_what_a_store_refuses_for_all(place: Place) -> None:
    """Two of 3 MiB together are more than a store of traces takes by default."""
    text = "x" * (3 * MEBIBYTE)
    with ThreadPoolExecutor(8) as pool:
        sent = [
            pool.submit(send, place, signal, found)
            for number in range(4)
            for signal, found in (
                ("traces", spans("heavy", text=text)),
                ("traces", spans(f"light-{number}")),
                ("logs", logs("heavy", text)),
                ("logs", logs(f"light-{number}", "short")),
            )
        ]
    assert {answer.result().status_code for answer in sent} == {200}
    for number in range(4):
        assert eventually(lambda number=number: is_stored(place, f"light-{number}"))  # type: ignore[misc]


def test_span_names_that_never_end_and_texts_that_are_no_label_leave_the_metrics_of_other_spans(place: Place) -> None:
    endless = [spans("endless", name=f"/user/{number}") for number in range(400)]
    long = spans("x" * 5_000, name="y" * 100_000)
    assert send(place, "traces", *endless, long, spans("measured")).status_code == 200
    calls = "traces_span_metrics_calls_total"
    assert eventually(lambda: value(place, f'{calls}{{service_name="measured"}}')) == 1
    assert len(asked(place, f'{calls}{{service_name="endless"}}')) == 300
    assert value(place, f'{calls}{{otel_metric_overflow="true",exported_job="endless"}}') == 100
    assert value(place, 'up{job="span-metrics"}') == 1


# --- Requests --------------------------------------------------------------------------------------------------------


def test_a_body_without_end_is_refused_after_its_limit_while_others_are_heard(place: Place) -> None:
    def gibibyte() -> Iterator[bytes]:
        for _ in range(1024):
            yield b" " * MEBIBYTE

    headers = {"Content-Type": "application/json"}
    url = f"{place.url(GATEWAY_OTLP_HTTP)}/v1/metrics"
    with ThreadPoolExecutor(4) as pool:
        endless = [pool.submit(httpx.post, url, content=gibibyte(), headers=headers, timeout=60) for _ in range(3)]
        right = pool.submit(send, place, "metrics", metrics("good", counter("with_gibibyte", 1)))
    assert right.result().status_code == 200
    for answer in endless:
        assert (answer.result().status_code, "too large" in answer.result().text) == (400, True)
    assert eventually(lambda: value(place, 'with_gibibyte_total{job="good"}')) == 1
    channel = grpc.insecure_channel(f"127.0.0.1:{place.ports[GATEWAY_OTLP_GRPC]}")
    export = channel.unary_unary("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
    with channel, pytest.raises(grpc.RpcError) as refused:
        export(b"\0" * (5 * MEBIBYTE), timeout=30)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_prometheus_has_refused_nothing_and_no_text_that_is_none_is_stored(place: Place) -> None:
    def varint(number: int) -> bytes:
        return bytes([number & 127 | 128]) + varint(number >> 7) if number > 127 else bytes([number])

    def field(number: int, content: bytes) -> bytes:
        return varint(number << 3 | 2) + varint(len(content)) + content

    def fixed(number: int, content: int) -> bytes:
        return varint(number << 3 | 1) + content.to_bytes(8, "little")

    def pair(key: bytes, text: bytes) -> bytes:
        return field(1, key) + field(2, field(1, text))

    point = field(7, pair(b"drink", b"caf\xe9")) + fixed(3, time.time_ns()) + fixed(6, 5)
    cumulative = field(1, point) + varint(2 << 3) + varint(2) + varint(3 << 3) + varint(1)
    metric = field(2, field(2, field(1, b"latin") + field(7, cumulative)))
    resource = field(1, field(1, pair(b"service.name", b"caf\xe9")))
    answer = httpx.post(
        f"{place.url(GATEWAY_OTLP_HTTP)}/v1/metrics",
        content=field(1, resource + metric),
        headers={"Content-Type": "application/x-protobuf"},
    )
    assert answer.status_code == 200
    assert eventually(lambda: value(place, 'latin_total{job="caf?",drink="caf?"}')) == 5
    own = httpx.get(f"{place.url(GATEWAY_METRICS)}/metrics").text
    assert "otelcol_exporter_sent_metric_points" in own
    assert "otelcol_exporter_send_failed_metric_points" not in own
