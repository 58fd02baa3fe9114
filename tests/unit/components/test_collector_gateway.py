"""The collector as gateway: what it does with each signal, whichever stores a stack has."""

from __future__ import annotations

import pytest

from tests.conftest import Deploy, Deployment
from tests.plans import document_of, workload_of

PAIRS = pytest.mark.parametrize(
    ("logs", "traces", "exporters"),
    [
        ("loki", "tempo", ["otlp_http/loki", "otlp_http/loki", "otlp_http/alert_history", "otlp_grpc/tempo"]),
        ("loki", "jaeger", ["otlp_http/loki", "otlp_http/loki", "otlp_http/alert_history", "otlp_grpc/jaeger"]),
        *(
            (
                "victorialogs",
                traces,
                [
                    *(f"otlp_http/victorialogs_{kept}" for kept in ("default", "warning", "alerts")),
                    f"otlp_grpc/{traces}",
                ],
            )
            for traces in ("tempo", "jaeger")
        ),
    ],
)


# Everything goes through the limiter first.
def pipeline(receiver: str, processors: list[str], exporters: list[str]) -> dict[str, list[str]]:
    return {"receivers": [receiver], "processors": ["memory_limiter", *processors], "exporters": exporters}


@PAIRS
def test_every_signal_goes_to_its_store(logs: str, traces: str, exporters: list[str]) -> None:
    gateway = workload_of("collector-gateway", logs={"store": logs}, traces={"store": traces})
    config = document_of(gateway, "gateway.yaml")
    default, warning, alerts, stored = exporters
    assert config["service"]["pipelines"] == {
        "traces": pipeline("otlp", ["filter/identified", "resource/environment"], ["span_metrics", stored]),
        "metrics/otlp": pipeline(
            "otlp",
            ["filter/typed", "filter/senders", "transform/named", "resource/environment", "deltatocumulative"],
            ["otlp_http/prometheus"],
        ),
        "metrics/spans": pipeline("span_metrics", ["transform/labels"], ["prometheus/span_metrics"]),
        "metrics/count": {"receivers": ["otlp"], "processors": ["filter/typed"], "exporters": ["count/senders"]},
        "logs/count": {"receivers": ["otlp"], "exporters": ["count/senders"]},
        "traces/count": {"receivers": ["otlp"], "exporters": ["count/senders"]},
        "metrics/counted": {
            "receivers": ["count/senders"],
            "processors": ["transform/senders", "transform/labels", "deltatocumulative/senders"],
            "exporters": ["prometheus/span_metrics"],
        },
        "logs/default": pipeline(
            "otlp",
            [
                "filter/below_warning",
                "attributes/stream",
                "transform/fields",
                "resource/environment",
                "resource/default",
            ],
            [default],
        ),
        "logs/warning": pipeline(
            "otlp",
            [
                "filter/warning_and_above",
                "attributes/stream",
                "transform/fields",
                "resource/environment",
                "resource/warning",
            ],
            [warning],
        ),
        "logs/alerts": pipeline("webhookevent/alerts", ["resource/environment", "resource/alerts"], [alerts]),
    }
    assert set(config["exporters"]) == {*exporters, "otlp_http/prometheus", "prometheus/span_metrics"}
    assert config["exporters"][stored]["endpoint"] == f"{traces}:4317"


def test_it_logs_in_to_prometheus_with_a_password_from_a_file(deployed: Deploy) -> None:
    config = deployed("dev").document("collector-gateway", "gateway.yaml")
    assert config["extensions"]["basicauth/prometheus"] == {
        "client_auth": {"username": "admin", "password": "${file:/run/secrets/prometheusPassword}"}
    }
    assert config["exporters"]["otlp_http/prometheus"]["auth"] == {"authenticator": "basicauth/prometheus"}
    assert "basicauth/prometheus" in config["service"]["extensions"]


def test_logs_are_split_at_warning_so_that_no_line_is_kept_twice_or_lost(dev: Deployment) -> None:
    processors = dev.document("collector-gateway", "gateway.yaml")["processors"]
    dropped = {
        name: processors[name]["logs"]["log_record"] for name in ("filter/warning_and_above", "filter/below_warning")
    }
    assert dropped == {
        "filter/warning_and_above": ["severity_number < 13"],
        "filter/below_warning": ["severity_number >= 13"],
    }


def test_spans_are_counted_as_often_as_prometheus_scrapes_the_counts(deployed: Deploy) -> None:
    stack = deployed("prod", runtime="docker")
    connector = stack.document("collector-gateway", "gateway.yaml")["connectors"]["span_metrics"]
    scraped = stack.document("prometheus", "prometheus.yml")["global"]["scrape_interval"]
    assert connector["metrics_flush_interval"] == scraped == "15s"


def test_what_the_collectors_cannot_send_waits_on_disk(dev: Deployment) -> None:
    for component in ("gateway", "agent"):
        config = dev.document(f"collector-{component}", f"{component}.yaml")
        sending = {
            name: exporter for name, exporter in config["exporters"].items() if not name.startswith("prometheus/")
        }
        assert sending
        for name, exporter in sending.items():
            assert exporter["sending_queue"]["storage"] == "file_storage", name
            assert exporter["retry_on_failure"] == {"enabled": True, "max_elapsed_time": "0s"}, name
        directory = config["extensions"]["file_storage"]["directory"]
        mounted = {volume["containerPath"] for volume in dev.container(f"collector-{component}")["volumes"]}
        assert directory in mounted
        assert set(config["service"]["extensions"]) == set(config["extensions"])


def test_the_environment_of_the_stack_is_on_every_log_line_and_span(changed: Deployment) -> None:
    processors = changed.document("collector-gateway", "gateway.yaml")["processors"]
    assert processors["resource/environment"]["attributes"] == [
        {"key": "deployment.environment.name", "value": "staging", "action": "upsert"}
    ]
    labels = changed.document("prometheus", "prometheus.yml")["global"]["external_labels"]
    assert labels == {"environment": "staging"}


def test_every_pipeline_uses_what_is_defined_and_everything_defined_is_used(dev: Deployment) -> None:
    for component in ("gateway", "agent"):
        config = dev.document(f"collector-{component}", f"{component}.yaml")
        used: dict[str, set[str]] = {"receivers": set(), "processors": set(), "exporters": set()}
        for found in config["service"]["pipelines"].values():
            for kind, those in used.items():
                those |= set(found.get(kind, ()))
        connectors = set(config.get("connectors", {}))
        assert used["receivers"] - connectors == set(config["receivers"])
        assert used["processors"] == set(config["processors"])
        assert used["exporters"] - connectors == set(config["exporters"])
        assert connectors <= used["receivers"] & used["exporters"]
