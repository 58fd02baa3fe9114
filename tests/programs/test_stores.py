"""The stores that can be built, run from their rendered configuration, with the real gateway in front of them.

Every program listens on loopback, on ports that are free; nothing else of what is rendered is changed. Loki and Tempo
cannot be built from package registries: their answers are captured data in the unit tests.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from components.endpoints import GATEWAY_ALERTS, GATEWAY_OTLP_HTTP, GuardedEndpoint
from dashboards.signals import LogQuery, TraceQuery
from tests.programs.running import Place, eventually, health, place_for
from tests.standins.senders import attribute

DAY = 86_400
TRACE_ID = "0102030405060708090a0b0c0d0e0f10"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The stores of built images and the gateway, running."""
    place = place_for(tmp_path_factory.mktemp("stores"))
    with ExitStack() as stack:
        for store in place.stores.both:
            for workload in store.workloads(place.program.plan):
                stack.enter_context(place.running(workload, store.tool, health(place, workload.name)))
        gateway = place.workload("collector-gateway")
        stack.enter_context(place.running(gateway, "otelcol-gateway", health(place, gateway.name)))
        yield place


def record(text: str, days_ago: float, severity: str, number: int, **fields: str) -> dict[str, Any]:
    return {
        "timeUnixNano": str(int((time.time() - days_ago * DAY) * 1e9)),
        "severityText": severity,
        "severityNumber": number,
        "body": {"stringValue": text},
        "attributes": [attribute(key, value) for key, value in fields.items()],
    }


def send_logs(place: Place, service: str, *records: Mapping[str, Any]) -> None:
    resource = {"attributes": [attribute("service.name", service), attribute("host.name", "here")]}
    document = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": {}, "logRecords": list(records)}]}]}
    httpx.post(f"{place.url(GATEWAY_OTLP_HTTP)}/v1/logs", json=document).raise_for_status()


def send_trace(place: Place, trace_id: str, *services: str) -> None:
    """A trace with one span of each service, each the child of the one before."""
    now, spans = time.time_ns(), []
    for number, service in enumerate(services, 1):
        span = {
            "traceId": trace_id,
            "spanId": f"{number:016x}",
            "parentSpanId": f"{number - 1:016x}" if number > 1 else "",
            "name": "work",
            "kind": 2,
            "startTimeUnixNano": str(now - 1_000_000),
            "endTimeUnixNano": str(now),
        }
        resource = {"attributes": [attribute("service.name", service)]}
        spans.append({"resource": resource, "scopeSpans": [{"scope": {}, "spans": [span]}]})
    httpx.post(f"{place.url(GATEWAY_OTLP_HTTP)}/v1/traces", json={"resourceSpans": spans}).raise_for_status()


# --- Logs ------------------------------------------------------------------------------------------------------------


def test_each_class_of_logs_is_kept_for_its_own_time_and_found_by_one_search(place: Place) -> None:
    """Logs are kept for 7 days, warnings and above for 30."""
    send_logs(
        place,
        "aged",
        record("info of 3 days ago", 3, "info", 9),
        record("info of 10 days ago", 10, "info", 9),
        record("warning of 10 days ago", 10, "warning", 13),
        record("error of 29 days ago", 29, "error", 17),
        record("error of 40 days ago", 40, "error", 17),
    )
    store, query = place.stores.logs, LogQuery(("aged",))
    kept = {"info": 1, "warning": 1, "error": 1}
    assert eventually(lambda: place.ask(store.severities(query, "60d")) == kept), place.ask(
        store.severities(query, "60d")
    )
    newest = place.ask(store.newest(query, "60d"))
    assert newest is not None
    assert newest.text == "info of 3 days ago"


def test_an_alerts_notification_is_kept_with_its_own_class(place: Place) -> None:
    body = {"receiver": "history", "status": "firing", "alerts": [{"labels": {"alertname": "Made-up [1.5]"}}]}
    alerts = f"{place.url(GATEWAY_ALERTS)}/alerts"
    httpx.post(alerts, json=body).raise_for_status()
    store = place.stores.logs
    query = LogQuery(("alert-history",), contains=('"status":"firing"', '"alertname":"Made-up [1.5]"'))
    line = eventually(lambda: place.ask(store.newest(query, "5m")))
    assert line is not None
    assert line.service == "alert-history"
    assert line.fields["retention.class"] == "alerts"
    other = LogQuery(("alert-history",), contains=('"alertname":"Made-up [1x5]"',))
    assert place.ask(store.newest(other, "5m")) is None


def test_lines_between_two_times_come_in_order_without_those_at_the_end_and_as_many_as_asked_for(place: Place) -> None:
    at = round(time.time()) - 100
    records = [
        {**record(text, 0, "info", 9), "timeUnixNano": str(nanoseconds)}
        for text, nanoseconds in {
            "before": at * 10**9 - 1,
            "first": at * 10**9,
            "second": (at + 3) * 10**9 + 250_000_000,
            "third": (at + 3) * 10**9 + 251_000_000,
            "end": (at + 9) * 10**9 + 500_000_000,
        }.items()
    ]
    send_logs(place, "spread", *reversed(records))
    store, query = place.stores.logs, LogQuery(("spread",))

    def between(start: float, end: float, most: int) -> list[str]:
        return [line.text for line in place.ask(store.between(query, start, end, most))]

    assert eventually(lambda: between(at - 10, at + 60, 9) == ["before", "first", "second", "third", "end"])
    assert between(at, at + 9.5, 9) == ["first", "second", "third"]
    assert between(at, at + 9.501, 9) == ["first", "second", "third", "end"]
    assert between(at, at + 60, 2) == ["first", "second"]
    # The second page of one whose last line is the second.
    assert between(at + 3.251, at + 60, 2) == ["third", "end"]
    assert between(at + 10, at + 60, 9) == []


def test_a_lines_text_stays_as_it_was_written_and_its_fields_are_found(place: Place) -> None:
    text = '{"message":"not this","level":"info"}'
    send_logs(place, "speaking", record(text, 0, "info", 9, message="not this", correlation_id="c-1"))
    send_logs(place, "speaking", record("later, without an ID", 0, "", 0))
    store = place.stores.logs
    severities = {"info": 1, "unset": 1}
    assert eventually(lambda: place.ask(store.severities(LogQuery(("speaking",)), "5m")) == severities)
    line = place.ask(store.newest(LogQuery(("speaking",), having=("correlation_id",)), "5m"))
    assert line is not None
    assert (line.text, line.fields["correlation_id"]) == (text, "c-1")
    assert place.ask(store.newest(LogQuery(("speak",)), "5m")) is None


def test_a_record_cannot_name_another_stream_in_its_fields_and_nothing_stops_when_it_tries(place: Place) -> None:
    fields = {"service.name": "victim", "retention.class": "alerts"}
    send_logs(place, "forger", record("forged", 0, "info", 9, **fields), record("forged too", 0, "error", 17, **fields))
    send_logs(place, "honest", record("after", 0, "info", 9))
    store = place.stores.logs
    assert eventually(lambda: place.ask(store.severities(LogQuery(("forger",)), "5m")) == {"info": 1, "error": 1})
    assert eventually(lambda: place.ask(store.newest(LogQuery(("honest",)), "5m"))) is not None
    assert place.ask(store.newest(LogQuery(("victim",)), "5m")) is None


def test_a_flag_that_it_does_not_know_is_refused(tmp_path: Path) -> None:
    place = place_for(tmp_path)
    workload = place.workload("victorialogs-default")
    command = [*place.command(workload, place.stores.logs.tool), "-retentionPeriods=7d"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode != 0
    assert "flag provided but not defined: -retentionPeriods" in done.stdout + done.stderr


# --- Traces ----------------------------------------------------------------------------------------------------------


def test_a_trace_is_found_by_service_and_by_id_with_all_its_spans(place: Place) -> None:
    send_trace(place, TRACE_ID, "shop", "stock", "stock")
    store, now = place.stores.traces, time.time()
    found = eventually(lambda: place.ask(store.newest(TraceQuery("stock"), now - 60, now + 60)))
    assert found == TRACE_ID
    assert sorted(place.ask(store.trace(TRACE_ID)).services) == ["shop", "stock", "stock"]
    assert place.ask(store.newest(TraceQuery("nobody"), now - 60, now + 60)) is None


def test_traces_survive_a_restart_and_end_with_their_time(tmp_path: Path) -> None:
    place = place_for(tmp_path)
    store = place.stores.traces
    workload, gateway = place.workload("jaeger"), place.workload("collector-gateway")

    def newest() -> str | None:
        now = time.time()
        return place.ask(store.newest(TraceQuery("shop"), now - 60, now + 60))

    def short(text: str) -> str:
        changed = text.replace("spans: 168h", "spans: 8s")
        assert changed != text
        return changed

    with place.running(gateway, "otelcol-gateway", health(place, gateway.name)):
        with place.running(workload, store.tool, health(place, "jaeger"), short):
            send_trace(place, TRACE_ID, "shop")
            assert eventually(newest) == TRACE_ID
        with place.running(workload, store.tool, health(place, "jaeger"), short):
            assert newest() == TRACE_ID
            assert eventually(lambda: newest() is None)


def test_jaeger_accepts_its_configuration_and_refuses_a_key_it_does_not_know(tmp_path: Path) -> None:
    place = place_for(tmp_path)
    program, config = place.command(place.workload("jaeger"), place.stores.traces.tool)
    done = subprocess.run([program, "validate", config], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    path = Path(config.partition("=")[2])
    path.write_text(path.read_text(encoding="utf-8").replace("ephemeral:", "ephemera:"), encoding="utf-8")
    done = subprocess.run([program, "validate", config], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert "has invalid keys: ephemera" in done.stderr


# --- Logins ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("component", ["victorialogs", "jaeger"])
def test_what_people_reach_answers_nobody_without_the_password(place: Place, component: str) -> None:
    (endpoint,) = [found for found in place.ports if found.workload == component and found.reach == "people"]
    assert isinstance(endpoint, GuardedEndpoint)
    address = f"{place.url(endpoint)}{endpoint.guarded_path}"
    user, password = place.login(endpoint) or ("", "")
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, auth=(user, "wrong")).status_code == 401
    assert httpx.get(address, auth=(user, password)).status_code == 200
    page = {"victorialogs": "/select/vmui/", "jaeger": "/"}[component]
    assert httpx.get(f"{place.url(endpoint)}{page}").status_code == 401
    assert httpx.get(f"{place.url(endpoint)}{page}", auth=(user, password)).status_code == 200


def test_nothing_can_be_sent_to_the_program_that_searches(place: Place) -> None:
    (endpoint,) = [found for found in place.ports if found.workload == "victorialogs"]
    answer = httpx.post(f"{place.url(endpoint)}/insert/jsonline", content="{}", auth=place.login(endpoint))
    assert answer.status_code == 400
