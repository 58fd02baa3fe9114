"""Tempo: what it keeps, how it is asked, and how its answers are read."""

from __future__ import annotations

import pytest

from components.stores.store import Trace
from components.stores.tempo import STORE
from dashboards.signals import TraceQuery
from tests.conftest import Deploy
from tests.plans import document_of, workload_of

QUERY = TraceQuery("memory-api")


def test_traces_are_kept_as_long_as_the_settings_say() -> None:
    for retention, kept in ({}, "168h"), ({"traces": "3d"}, "72h"):
        config = document_of(workload_of("tempo", retention=retention), "tempo.yaml")
        assert config["overrides"]["defaults"]["compaction"]["block_retention"] == kept


@pytest.mark.parametrize(("request_size", "burst"), [(4, 30_000_000), (32, 2 * 64 * 2**20)])
def test_no_batch_is_larger_than_what_it_takes_at_once(request_size: int, burst: int) -> None:
    """It asks for a larger one to be repeated, which the gateway does until it is taken: for ever."""
    said = {"otlp": {"request": f"{request_size}Mi"}}
    ingestion = document_of(workload_of("tempo", **said), "tempo.yaml")["overrides"]["defaults"]["ingestion"]
    assert ingestion == {"rate_limit_bytes": 30_000_000, "burst_size_bytes": burst}


def test_it_ends_by_itself_before_it_is_killed() -> None:
    workload = workload_of("tempo")
    waits = document_of(workload, "tempo.yaml")["backend_worker"]["finish_on_shutdown_timeout"]
    assert 2 * int(waits.removesuffix("s")) < workload.stop_seconds


def test_its_service_graph_goes_to_prometheus_which_takes_it_and_keeps_exemplars(deployed: Deploy) -> None:
    found = deployed("dev")
    command = found.container("prometheus")["command"]
    assert {"--web.enable-remote-write-receiver", "--enable-feature=exemplar-storage"} <= set(command)
    (write,) = found.document("tempo", "tempo.yaml")["metrics_generator"]["storage"]["remote_write"]
    assert write["url"] == "http://prometheus:9090/api/v1/write"
    assert write["basic_auth"]["password_file"] == "/run/secrets/prometheusPassword"
    assert set(found.files("tempo", "secrets")) == {"prometheusPassword"}


def test_a_search_is_traceql() -> None:
    question = STORE.newest(QUERY, 100.7, 1000.2)
    assert question.path == "/api/search"
    assert question.params == {
        "q": '{resource.service.name="memory-api"}',
        "start": "100",
        "end": "1000",
        "limit": "1",
    }
    assert STORE.explore_query(QUERY) == {
        "queryType": "traceql",
        "refId": "A",
        "query": '{resource.service.name="memory-api"}',
    }


# As Tempo 3.0.3 answered, shortened.
FOUND = '{"traces":[{"traceID":"e1f8f864558df3f380a3a5083dca03f4","rootServiceName":"memory-traffic"}],"metrics":{}}'
TRACE = """{"trace":{"resourceSpans":[
{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"memory-traffic"}}]},
"scopeSpans":[{"scope":{"name":"__main__"},"spans":[{"spanId":"Q8+IteRVM3Y="}]}]},
{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"memory-api"}}]},
"scopeSpans":[{"scope":{"name":"a"},"spans":[{},{}]},{"scope":{"name":"b"},"spans":[{}]}]}]},"metrics":{}}"""


def test_a_trace_is_found_and_read_by_its_id() -> None:
    trace_id = STORE.newest(QUERY, 0, 1).read(FOUND)
    assert trace_id == "e1f8f864558df3f380a3a5083dca03f4"
    assert STORE.newest(QUERY, 0, 1).read('{"metrics":{}}') is None
    shortened = '{"traces":[{"traceID":"102030405060708090a0b0c0d0e0f10"}]}'
    assert STORE.newest(QUERY, 0, 1).read(shortened) == "0102030405060708090a0b0c0d0e0f10"
    assert STORE.trace(trace_id).path == f"/api/v2/traces/{trace_id}"
    assert STORE.trace(trace_id).read(TRACE) == Trace(("memory-traffic", "memory-api", "memory-api", "memory-api"))
