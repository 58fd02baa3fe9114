"""Loki: what it keeps for how long, how it is asked, and how its answers are read."""

from __future__ import annotations

import json

import pytest

from components.stores.loki import STORE
from components.stores.store import LogLine, RetentionClass
from dashboards.signals import LogQuery
from tests.plans import document_of, workload_of

MEBIBYTE = 2**20
HEARTBEAT = LogQuery(("alert-history",), contains=('"status":"firing"', '"alertname":"Heartbeat"'))


def test_each_class_of_logs_is_kept_as_long_as_the_requirements_say() -> None:
    config = document_of(workload_of("loki"), "loki.yaml")
    limits = config["limits_config"]
    assert limits["retention_period"] == f"{7 * 24}h"
    assert {rule["selector"]: rule["period"] for rule in limits["retention_stream"]} == {
        '{retention_class="warning"}': f"{30 * 24}h",
        '{retention_class="alerts"}': f"{90 * 24}h",
    }
    assert config["compactor"]["retention_enabled"] is True


def test_logs_are_kept_as_long_as_the_settings_say() -> None:
    retention = {"logs": "2d", "warning_logs": "2w", "alert_history": "1y"}
    limits = document_of(workload_of("loki", retention=retention), "loki.yaml")["limits_config"]
    assert limits["retention_period"] == "48h"
    assert [rule["period"] for rule in limits["retention_stream"]] == ["336h", "8760h"]


def test_the_classes_that_it_keeps_are_those_that_the_gateway_sets() -> None:
    limits = document_of(workload_of("loki"), "loki.yaml")["limits_config"]
    (rule,) = limits["otlp_config"]["resource_attributes"]["attributes_config"]
    assert rule == {"action": "index_label", "attributes": ["service.name", "retention.class"]}
    kept = {rule["selector"].split('"')[1] for rule in limits["retention_stream"]}
    assert kept == set(RetentionClass) - {RetentionClass.DEFAULT}


def test_a_query_is_a_selector_and_its_filters() -> None:
    assert STORE.panel_query(LogQuery(("$service",)), 500) == {
        "expr": '{service_name=~"$service"}',
        "queryType": "range",
        "maxLines": 500,
    }
    question = STORE.newest(LogQuery(("a", "b"), having=("correlation_id",)), "2m")
    assert question.path == "/loki/api/v1/query_range"
    assert question.params == {
        "query": '{service_name=~"a|b"} | correlation_id != ""',
        "since": "2m",
        "limit": "1",
        "direction": "backward",
    }
    expected = '{service_name=~"alert-history"} |= `"status":"firing"` |= `"alertname":"Heartbeat"`'
    assert STORE.newest(HEARTBEAT, "5m").params["query"] == expected


def test_severities_are_counted_over_the_window() -> None:
    question = STORE.severities(LogQuery(("api",)), "2m")
    assert (question.path, question.params["query"]) == (
        "/loki/api/v1/query",
        'sum by (severity_text) (count_over_time({service_name=~"api"} [2m]))',
    )


# As Loki 3.7.8 answered.
LINES = """{"status":"success","data":{"resultType":"streams","result":[
{"stream":{"service_name":"memory-api","retention_class":"default","severity_text":"info","correlation_id":"c-1"},
"values":[["1795672341330121449","older"]]},
{"stream":{"service_name":"memory-api","retention_class":"warning","severity_text":"error","correlation_id":"c-2"},
"values":[["1795672342330121449","newer"]]}],"stats":{}}}"""
COUNTS = """{"status":"success","data":{"resultType":"vector","result":[
{"metric":{"severity_text":"error"},"value":[1795672342.48,"9"]},{"metric":{},"value":[1795672342.48,"2"]}]}}"""


def test_the_newest_line_of_all_streams_is_read() -> None:
    line = STORE.newest(HEARTBEAT, "5m").read(LINES)
    assert line is not None
    assert line == LogLine(1795672342.330121449, "newer", "memory-api", line.fields)
    assert line.fields["correlation_id"] == "c-2"
    nothing = {"data": {"resultType": "streams", "result": []}}
    assert STORE.newest(HEARTBEAT, "5m").read(json.dumps(nothing)) is None


def test_lines_without_a_severity_count_as_unset() -> None:
    assert STORE.severities(HEARTBEAT, "2m").read(COUNTS) == {"error": 9, "unset": 2}


def test_lines_between_two_times_are_read_in_order_though_each_stream_comes_by_itself() -> None:
    question = STORE.between(HEARTBEAT, 1795672341.25, 1795672399.5, 100)
    assert question.path == "/loki/api/v1/query_range"
    assert question.params == {
        "query": '{service_name=~"alert-history"} |= `"status":"firing"` |= `"alertname":"Heartbeat"`',
        "start": "1795672341.250000000",
        "end": "1795672399.500000000",
        "limit": "100",
        "direction": "forward",
    }
    one, other = json.loads(LINES)["data"]["result"]
    swapped = json.dumps({"data": {"result": [other, one]}})
    assert [line.text for line in question.read(swapped)] == ["older", "newer"]
    assert question.read('{"data": {"result": []}}') == []


def test_warnings_are_the_class_that_is_kept_longer() -> None:
    assert (
        STORE.panel_query(LogQuery(("api",), warnings=True), 500)["expr"]
        == '{service_name=~"api", retention_class="warning"}'
    )


def test_a_line_of_a_mebibyte_which_the_collector_joined_is_taken() -> None:
    limits = document_of(workload_of("loki"), "loki.yaml")["limits_config"]
    assert limits["max_line_size"] == "2MB"
    assert limits["max_line_size_truncate"] is True


@pytest.mark.parametrize("request_size", [4, 16, 32])
def test_no_batch_is_larger_than_what_it_takes_at_once_of_all_or_of_one_program(request_size: int) -> None:
    """It answers 429 to a larger one, which the gateway repeats until it is taken: for ever."""
    said = {"otlp": {"request": f"{request_size}Mi"}}
    gateway = document_of(workload_of("collector-gateway", logs={"store": "loki"}, **said), "gateway.yaml")
    batch = gateway["exporters"]["otlp_http/loki"]["sending_queue"]["batch"]["max_size"]
    config = document_of(workload_of("loki", **said), "loki.yaml")
    limits = config["limits_config"]
    assert limits["ingestion_burst_size_mb"] * MEBIBYTE >= 4 * batch
    assert limits["per_stream_rate_limit_burst"] == f"{limits['ingestion_burst_size_mb']}MB"
    assert limits["per_stream_rate_limit"] == f"{limits['ingestion_rate_mb']}MB"
    # From one of its parts to the next, and back with what was asked for.
    assert config["server"]["grpc_server_max_recv_msg_size"] > batch
    assert config["server"]["grpc_server_max_send_msg_size"] == config["server"]["grpc_server_max_recv_msg_size"]


@pytest.mark.parametrize(
    ("retention", "hours"), [({}, 30 * 24), ({"logs": "60d"}, 60 * 24), ({"alert_history": "1y"}, 30 * 24)]
)
def test_a_line_is_not_too_old_as_long_as_lines_of_its_age_are_kept(retention: dict[str, str], hours: int) -> None:
    limits = document_of(workload_of("loki", retention=retention), "loki.yaml")["limits_config"]
    assert limits["reject_old_samples_max_age"] == f"{hours}h"


def test_a_record_has_room_for_more_than_what_counts_as_a_senders_fault() -> None:
    limits = document_of(workload_of("loki"), "loki.yaml")["limits_config"]
    assert limits["max_structured_metadata_entries_count"] == 2_000
    assert limits["max_structured_metadata_size"] == "2MB"


def test_a_question_may_be_about_as_long_as_anything_is_kept() -> None:
    """By default 721 hours, less than a month of 31 days."""
    assert document_of(workload_of("loki"), "loki.yaml")["limits_config"]["max_query_length"] == "0s"


def test_lines_that_come_late_are_taken_and_found_before_they_are_on_disk() -> None:
    ingester = document_of(workload_of("loki"), "loki.yaml")["ingester"]
    assert ingester == {"query_store_max_look_back_period": "-1ns", "max_chunk_age": "24h"}


def test_ten_thousand_names_of_one_sender_leave_room_for_those_of_others() -> None:
    limits = document_of(workload_of("loki"), "loki.yaml")["limits_config"]
    assert limits["max_global_streams_per_user"] == 20_000
