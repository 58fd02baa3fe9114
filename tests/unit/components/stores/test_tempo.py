"""Tempo: what it keeps, how it is asked, and how its answers are read."""

from __future__ import annotations

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
    assert STORE.trace(trace_id).path == f"/api/v2/traces/{trace_id}"
    assert STORE.trace(trace_id).read(TRACE) == Trace(("memory-traffic", "memory-api", "memory-api", "memory-api"))
