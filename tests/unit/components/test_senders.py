"""What a stack's gateway does about senders, as far as its configuration tells; tests/programs has what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Deploy, Deployment
from tests.plans import document_of, workload_of

MEBIBYTE = 1024 * 1024


def gateway(**sections: object) -> Any:
    return document_of(workload_of("collector-gateway", **sections), "gateway.yaml")


def test_a_request_has_one_limit_whatever_it_comes_by() -> None:
    for said, size in (({}, 4), ({"otlp": {"request": "16Mi"}}, 16)):
        protocols = gateway(**said)["receivers"]["otlp"]["protocols"]
        assert protocols["grpc"]["max_recv_msg_size_mib"] == size
        assert protocols["http"]["max_request_body_size"] == size * MEBIBYTE


def test_nothing_that_two_senders_sent_is_in_one_request_to_prometheus(deployed: Deploy) -> None:
    config = deployed("prod", runtime="docker").document("collector-gateway", "gateway.yaml")
    receivers = [name for name in config["exporters"] if name.startswith("otlp_http/prometheus")]
    assert receivers
    for name in receivers:
        assert "batch" not in config["exporters"][name]["sending_queue"]
    assert not [name for name in config["processors"] if name.partition("/")[0] == "batch"]


@pytest.mark.parametrize("store", ["jaeger", "tempo"])
def test_the_store_of_traces_takes_the_largest_batch(store: str) -> None:
    for said, size in (({}, 8), ({"otlp": {"request": "16Mi"}}, 32)):
        batch = gateway(traces={"store": store}, **said)["exporters"][f"otlp_grpc/{store}"]["sending_queue"]["batch"]
        assert (batch["sizer"], batch["max_size"]) == ("bytes", size * MEBIBYTE)
        config = document_of(workload_of(store, traces={"store": store}, **said), f"{store}.yaml")
        receivers = config["receivers"] if store == "jaeger" else config["distributor"]["receivers"]
        assert receivers["otlp"]["protocols"]["grpc"]["max_recv_msg_size_mib"] > size


def test_the_gateway_takes_the_largest_request_of_an_agent(dev: Deployment) -> None:
    agent = dev.document("collector-agent", "agent.yaml")["exporters"]["otlp_grpc/gateway"]["sending_queue"]["batch"]
    received = dev.document("collector-gateway", "gateway.yaml")["receivers"]["otlp"]["protocols"]["grpc"]
    assert agent["max_size"] < received["max_recv_msg_size_mib"] * MEBIBYTE


def test_what_is_dropped_is_what_is_counted() -> None:
    config = gateway()
    dropped = config["processors"]["filter/senders"]["metrics"]
    counted = config["connectors"]["count/senders"]
    for kind, section in (("metric", "metrics"), ("datapoint", "datapoints")):
        conditions = [found["conditions"] for found in counted[section].values() if "conditions" in found]
        assert conditions == [[condition] for condition in dropped[kind]]


def test_the_limits_of_the_stack_file_are_those_of_the_gateway() -> None:
    config = gateway(otlp={"ahead": "1m30s", "behind": "10m", "label_sets": 123}, retention={"warning_logs": "60d"})
    points = config["processors"]["filter/senders"]["metrics"]["datapoint"]
    assert 'datapoint.time > Now() + Duration("90s")' in points
    assert 'datapoint.time < Now() - Duration("600s")' in points
    assert "Len(metric.data_points) > 123" in points
    (expired,) = config["connectors"]["count/senders"]["logs"]["otlp_sender_faults/logs/behind"]["conditions"]
    assert expired.endswith(f'Duration("{60 * 86_400}s")')


def test_each_service_has_so_many_span_metrics_whatever_its_spans_are_called(dev: Deployment) -> None:
    connector = dev.document("collector-gateway", "gateway.yaml")["connectors"]["span_metrics"]
    assert connector["resource_metrics_key_attributes"] == ["service.name"]
    assert connector["aggregation_cardinality_limit"] == 300
