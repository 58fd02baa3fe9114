"""What the stores of logs and traces do, each as far as it tells: for the dashboard about monitoring itself."""

from __future__ import annotations

from dashboards.applies import with_rules
from dashboards.panels import Panel, only_where, rate, saturation
from dashboards.queries import metrics


def stores() -> tuple[Panel, ...]:
    """Of the stores that a stack has."""
    return (
        *(
            panel
            for store, title in (("victorialogs", "VictoriaLogs"), ("jaeger", "Jaeger"))
            for panel in only_where(
                with_rules(store),
                saturation(
                    f"Volume of {title}",
                    f"Share of its volume that {title} uses. When it is full, new data are refused: shorten the "
                    "retention, or "
                    "make the volume larger.",
                    [metrics(f"max by (service) ({store}:volume_used:ratio)", "{{service}}")],
                ),
            )
        ),
        *only_where(
            with_rules("loki"),
            rate(
                "Requests of Loki",
                "Requests per second by answer. 5xx are its own errors: see LokiRequestErrors.",
                [metrics("sum by (status_code) (rate(loki_request_duration_seconds_count[5m]))", "{{status_code}}")],
                stacked=True,
            ),
        ),
        *only_where(
            with_rules("tempo"),
            rate(
                "Spans into Tempo",
                "Spans per second that Tempo takes. When it falls while the gateway receives as many as before, see "
                "TempoRefusingSpans.",
                [metrics("sum(rate(tempo_distributor_spans_received_total[5m]))", "spans")],
                unit="cps",
                empty="No service sends spans",
            ),
        ),
    )
