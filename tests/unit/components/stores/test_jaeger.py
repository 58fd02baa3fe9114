"""Jaeger: what it keeps, who may ask it, how it is asked, and how its answers are read."""

from __future__ import annotations

from components.stores.jaeger import STORE
from components.stores.store import Trace
from dashboards.signals import TraceQuery
from tests.conftest import Deploy, Deployment
from tests.plans import document_of, workload_of

QUERY = TraceQuery("memory-api")


def stack(deployed: Deploy) -> Deployment:
    return deployed("dev", traces={"store": "jaeger"})


def test_traces_are_kept_as_long_as_the_settings_say() -> None:
    for retention, kept in ({}, "168h"), ({"traces": "3d"}, "72h"):
        config = document_of(workload_of("jaeger", traces={"store": "jaeger"}, retention=retention), "jaeger.yaml")
        (backend,) = config["extensions"]["jaeger_storage"]["backends"].values()
        assert backend["badger"]["ttl"] == {"spans": kept}
        assert backend["badger"]["ephemeral"] is False


def test_its_data_are_on_its_volume(deployed: Deploy) -> None:
    found = stack(deployed)
    (backend,) = found.document("jaeger", "jaeger.yaml")["extensions"]["jaeger_storage"]["backends"].values()
    mounted = {volume["containerPath"] for volume in found.container("jaeger")["volumes"] if "volumeName" in volume}
    for folder in backend["badger"]["directories"].values():
        assert folder.rpartition("/")[0] in mounted


def test_its_api_and_page_ask_for_a_login_and_the_same_api_over_grpc_is_for_nobody(deployed: Deploy) -> None:
    found = stack(deployed)
    extensions = found.document("jaeger", "jaeger.yaml")["extensions"]
    assert extensions["jaeger_query"]["http"]["auth"] == {"authenticator": "basicauth/query"}
    assert extensions["basicauth/query"]["htpasswd"] == {"inline": "admin:${file:/run/secrets/jaegerPassword}"}
    assert extensions["jaeger_query"]["grpc"]["endpoint"].startswith("127.0.0.1:")
    assert found.files("jaeger", "secrets") == {"jaegerPassword": "<secret jaegerPassword>"}
    (port,) = found.container("jaeger")["ports"]
    assert (port["internal"], port["external"], port["ip"]) == (16686, 16686, "127.0.0.1")


def test_it_keeps_no_spans_of_its_own_answers(deployed: Deploy) -> None:
    assert stack(deployed).document("jaeger", "jaeger.yaml")["extensions"]["jaeger_query"]["enable_tracing"] is False


def test_the_size_of_its_volume_is_a_series_that_its_alert_compares_with() -> None:
    prometheus = workload_of("prometheus", traces={"store": "jaeger", "storage": "2Gi"})
    groups = document_of(prometheus, "rules/generated-recordings.rules.yml")["groups"]
    (group,) = [group for group in groups if group["name"] == "jaeger"]
    assert group["rules"] == [
        {"record": "jaeger:volume:bytes", "expr": f"vector({2 * 1024**3})", "labels": {"service": "jaeger"}}
    ]


def test_a_search_names_the_service_and_counts_microseconds() -> None:
    question = STORE.newest(QUERY, 100.5, 1000)
    assert question.path == "/api/traces"
    assert question.params == {"service": "memory-api", "start": "100500000", "end": "1000000000", "limit": "1"}
    assert STORE.explore_query(QUERY) == {"queryType": "search", "refId": "A", "service": "memory-api"}


# As Jaeger 2.13.0 answered, shortened.
FOUND = '{"data":[{"traceID":"e1f8f864558df3f380a3a5083dca03f4","spans":[]}],"total":0,"errors":null}'
TRACE = """{"result":{"resourceSpans":[
{"resource":{"attributes":[{"key":"service.version","value":{"stringValue":"1.0.0"}},
{"key":"service.name","value":{"stringValue":"memory-traffic"}}]},
"scopeSpans":[{"scope":{"name":"__main__"},"spans":[{"spanId":"43cf88b45e5373b6","kind":3}]}]},
{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"memory-api"}}]},
"scopeSpans":[{"scope":{"name":"fastapi"},"spans":[{"spanId":"b66fc391f0b0c7f4"}]}]}]}}"""


def test_a_trace_is_found_and_read_by_its_id() -> None:
    trace_id = STORE.newest(QUERY, 0, 1).read(FOUND)
    assert trace_id == "e1f8f864558df3f380a3a5083dca03f4"
    assert STORE.newest(QUERY, 0, 1).read('{"data":[],"total":0}') is None
    assert STORE.trace(trace_id).path == f"/api/v3/traces/{trace_id}"
    assert STORE.trace(trace_id).read(TRACE) == Trace(("memory-traffic", "memory-api"))
