"""The collector as gateway: what it does with each signal, whichever stores a stack has."""

from __future__ import annotations

import pytest

from tests.conftest import Deploy

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


# Everything goes through the limiter first and is batched last.
def pipeline(receiver: str, processors: list[str], exporters: list[str]) -> dict[str, list[str]]:
    return {"receivers": [receiver], "processors": ["memory_limiter", *processors, "batch"], "exporters": exporters}


@PAIRS
def test_every_signal_goes_to_its_store(deployed: Deploy, logs: str, traces: str, exporters: list[str]) -> None:
    stack = deployed("dev", logs={"store": logs}, traces={"store": traces})
    config = stack.document("collector-gateway", "gateway.yaml")
    default, warning, alerts, stored = exporters
    assert config["service"]["pipelines"] == {
        "traces": pipeline("otlp", ["resource/environment"], ["span_metrics", stored]),
        "metrics/otlp": pipeline("otlp", ["resource/environment"], ["otlp_http/prometheus"]),
        "metrics/spans": pipeline("span_metrics", [], ["prometheus/span_metrics"]),
        "logs/default": pipeline(
            "otlp", ["filter/below_warning", "resource/environment", "resource/default"], [default]
        ),
        "logs/warning": pipeline(
            "otlp", ["filter/warning_and_above", "resource/environment", "resource/warning"], [warning]
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
