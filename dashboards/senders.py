"""Who sends OTLP, how much, and with which faults: rows of the dashboard about the monitoring itself."""

from __future__ import annotations

from dashboards.panels import Column, Panel, table
from dashboards.queries import metrics_table

_ITEMS = "sum by (sender, signal) (sender:otlp_items:increase5m)"
_FAULTS = "sum by (sender, signal, reason, owner) (sender:otlp_faults:increase5m)"


def senders() -> tuple[Panel, ...]:
    """Two tables."""
    return (
        table(
            "What each sender sends",
            "Items per second that reach the gateway by OTLP, from applications and from containers' logs. Who floods "
            "the stack is on top.",
            {"items": metrics_table(f"topk(20, {_ITEMS}) / 300")},
            columns=(
                Column("sender", "Sender"),
                Column("signal", "Signal"),
                Column("Value", "Items per second", unit="cps", decimals=1),
            ),
            sorted_by="Items per second",
            height=9,
        ),
        table(
            "Senders with faults",
            "What is dropped, or kept only if its store takes it, within five minutes. The runbook of OtlpSenderFaulty "
            "says what each fault means.",
            {"faults": metrics_table(f"{_FAULTS} > 0")},
            columns=(
                Column("sender", "Sender"),
                Column("owner", "Owner"),
                Column("signal", "Signal"),
                Column("reason", "Fault"),
                Column("Value", "Items", unit="short", decimals=0),
            ),
            sorted_by="Items",
            empty="No sender has faults",
            height=9,
        ),
    )
