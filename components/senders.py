"""What the gateway does about applications that send what a store refuses, so that nobody else loses anything.

Prometheus refuses a request as a whole for one point of it. Therefore what it refuses is dropped here, point by point,
and nothing of two requests is ever put into one. Stores of logs and traces refuse single records, and the batch of all
for what they cannot even read: that is mended or dropped here too. Either way each fault is counted by who sent it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.endpoints import GATEWAY_OTLP_GRPC, GATEWAY_OTLP_HTTP, Endpoint
from settings.model import StackSettings
from settings.types import mebibytes, seconds

COUNT = "count/senders"
ITEMS = "otlp_sender_items"
FAULTS = "otlp_sender_faults"
_TYPED = "filter/typed"
_FILTER = "filter/senders"
_NAMED = "transform/named"
CHECKED: tuple[str, ...] = (_TYPED, _FILTER, _NAMED)
"""Processors of metrics that leave nothing of what Prometheus refuses, as far as one can tell before it."""
_IDENTIFIED = "filter/identified"
IDENTIFIED: tuple[str, ...] = (_IDENTIFIED,)
"""Processor of spans that leaves none without an ID: a store may refuse the whole batch for one."""
_LABELLED_FIELDS = "transform/fields"
FIELDS: tuple[str, ...] = (_LABELLED_FIELDS,)
"""Processor of logs that gives each attribute a name with a letter: a store may refuse the batch for one without."""
COUNTABLE: tuple[str, ...] = (_TYPED,)
"""Processors of metrics before they are counted."""
_TOLD = "transform/senders"
_TOTALS = "deltatocumulative/senders"
LABELS = "transform/labels"
"""Processor that makes labels that Prometheus takes of what spans say, or senders are called."""
COUNTED: tuple[str, ...] = (_TOLD, LABELS, _TOTALS)
"""Processors that make totals by sender of what is counted request by request."""
# A native histogram of Prometheus has no coarser scale.
_COARSEST_SCALE = -4
# Prometheus makes underscores of other characters, and refuses a name of nothing else.
_NAMING = "[A-Za-z0-9]"
# A byte that is not UTF-8, as Go's regular expressions see it; Prometheus stores it, and then answers no query for it.
_NO_TEXT = r"\\x{FFFD}"
_LABELLED = ("resource", "datapoint")
_NAMELESS = "^[^A-Za-z0-9]*$"
# The label limit of scrapes is 40, and OpenTelemetry's own conventions have no metric with half as many.
_MOST_LABELS = 64
# Stores of logs drop records of more than 2,000 fields or 2 MiB, or of less; these are half of that.
_MOST_ATTRIBUTES = 1_000
_LONGEST_TEXT = 1_048_576
# Bytes of a label that is made of a span; Prometheus refuses a scrape for one of more than 2,048.
_LABEL_BYTES = 1_024
_BATCHES = 2
"""A batch takes the largest request and one more, so that none has to be split."""
_HAS_TEMPORALITY = (
    "(metric.type == METRIC_DATA_TYPE_SUM or metric.type == METRIC_DATA_TYPE_HISTOGRAM "
    "or metric.type == METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM)"
)


def receiver(settings: StackSettings) -> dict[str, Any]:
    """The receiver for applications, with the limit of one request."""
    size = mebibytes(settings.otlp.request)
    return {
        "protocols": {
            "grpc": {"endpoint": f"0.0.0.0:{GATEWAY_OTLP_GRPC.port}", "max_recv_msg_size_mib": size},
            "http": {"endpoint": f"0.0.0.0:{GATEWAY_OTLP_HTTP.port}", "max_request_body_size": size * 1024 * 1024},
        }
    }


def largest_batch(settings: StackSettings) -> int:
    """Bytes of the largest request to a store of logs or traces."""
    return _BATCHES * mebibytes(settings.otlp.request) * 1024 * 1024


def store_receiver(settings: StackSettings, endpoint: Endpoint) -> dict[str, Any]:
    """The OTLP receiver of a store of traces, which takes the largest batch and the frame around it."""
    size = largest_batch(settings) // (1024 * 1024) + 1
    return {"protocols": {"grpc": {"endpoint": f"0.0.0.0:{endpoint.port}", "max_recv_msg_size_mib": size}}}


def largest_batch_of_agent(settings: StackSettings) -> int:
    """Bytes of the largest request of an agent, which the gateway must not refuse."""
    return mebibytes(settings.otlp.request) * 1024 * 1024 * 3 // 4


def processors(settings: StackSettings) -> dict[str, Any]:
    """Those that drop faulty points, make totals of deltas, and tell whose the faults are."""
    faults = _faults(settings)
    return {
        # Metrics without a type have no points, and the counter would refuse the whole request for one.
        _TYPED: {"error_mode": "ignore", "metrics": {"metric": ["metric.type == METRIC_DATA_TYPE_NONE"]}},
        _FILTER: {
            "error_mode": "ignore",
            "metrics": {"metric": [*faults["metrics"].values()], "datapoint": [*faults["datapoints"].values()]},
        },
        _NAMED: {"error_mode": "ignore", "metric_statements": _named()},
        LABELS: {"error_mode": "ignore", "metric_statements": _short()},
        _IDENTIFIED: {"error_mode": "ignore", "traces": {"span": [faults["spans"]["ids"]]}},
        _LABELLED_FIELDS: {"error_mode": "ignore", "log_statements": _fields()},
        "deltatocumulative": {},
        _TOLD: {"error_mode": "ignore", "metric_statements": _statements()},
        _TOTALS: {"max_stale": "1h"},
    }


def counter(settings: StackSettings) -> dict[str, Any]:
    """The connector that counts what each sender sends, and what of it is faulty; a name says which and why."""
    return {
        context: {
            **({} if context == "metrics" else {f"{ITEMS}/{_SIGNALS[context]}": {"description": "What arrived."}}),
            **{
                f"{FAULTS}/{_SIGNALS[context]}/{reason}": {"description": "What was faulty.", "conditions": [condition]}
                for reason, condition in reasons.items()
            },
        }
        for context, reasons in _faults(settings).items()
    }


_SIGNALS: Mapping[str, str] = {
    "metrics": "metrics",
    "datapoints": "metrics",
    "logs": "logs",
    "spans": "traces",
}


def _faults(settings: StackSettings) -> dict[str, dict[str, str]]:
    """Conditions of OTTL by what they are about and by reason."""
    ahead = f'Now() + Duration("{seconds(settings.otlp.ahead)}s")'
    behind = f'Now() - Duration("{seconds(settings.otlp.behind)}s")'
    expired = max(seconds(settings.retention.logs), seconds(settings.retention.warning_logs))
    return {
        "metrics": {
            "name": f'not IsMatch(metric.name, "{_NAMING}")',
        },
        "datapoints": {
            "ahead": f"datapoint.time > {ahead}",
            "behind": f"datapoint.time < {behind}",
            "scale": (f"metric.type == METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM and datapoint.scale < {_COARSEST_SCALE}"),
            "temporality": (
                f"{_HAS_TEMPORALITY} and metric.aggregation_temporality == AGGREGATION_TEMPORALITY_UNSPECIFIED"
            ),
            "label_sets": f"Len(metric.data_points) > {settings.otlp.label_sets}",
            "labels": f"Len(datapoint.attributes) > {_MOST_LABELS}",
        },
        "logs": {
            "ahead": f"log.time > {ahead}",
            "behind": f'log.time_unix_nano > 0 and log.time < Now() - Duration("{expired}s")',
            "attributes": f"Len(log.attributes) > {_MOST_ATTRIBUTES}",
            # Bodies that are no text, and attributes, are written into a line too.
            "size": f"Len(String(log.body)) > {_LONGEST_TEXT} or Len(String(log.attributes)) > {_LONGEST_TEXT}",
        },
        "spans": {
            "ahead": f"span.start_time > {ahead}",
            "behind": f'span.start_time < Now() - Duration("{seconds(settings.retention.traces)}s")',
            "attributes": f"Len(span.attributes) > {_MOST_ATTRIBUTES}",
            "ids": f"span.trace_id == TraceID(0x{'0' * 32}) or span.span_id == SpanID(0x{'0' * 16})",
        },
    }


def _fields() -> list[dict[str, Any]]:
    """Some stores make underscores of other characters, and read no name of nothing else."""
    return [
        {
            "context": context,
            "statements": [f'replace_all_patterns({context}.attributes, "key", "{_NAMELESS}", "field_$$0")'],
        }
        for context in ("resource", "scope", "log")
    ]


def _named() -> list[dict[str, Any]]:
    """Attributes without those whose names Prometheus cannot write, and as text."""
    nameless = f'delete_matching_keys({{}}.attributes, "{_NAMELESS}")'
    return [{"context": context, "statements": [nameless.format(context), *_as_text(context)]} for context in _LABELLED]


def _short() -> list[dict[str, Any]]:
    return [
        {
            "context": context,
            "statements": [*_as_text(context), f"truncate_all({context}.attributes, {_LABEL_BYTES})"],
        }
        for context in _LABELLED
    ]


def _as_text(context: str) -> list[str]:
    return [f'replace_all_patterns({context}.attributes, "{part}", "{_NO_TEXT}", "?")' for part in ("key", "value")]


def _statements() -> list[dict[str, Any]]:
    """From the name of a count to its labels; the sender is called as Prometheus calls its job."""
    name = 'resource.attributes["service.name"]'
    namespace = 'resource.attributes["service.namespace"]'
    sender = 'datapoint.attributes["sender"]'
    part = 'Split(metric.name, "/")'
    return [
        {
            "context": "datapoint",
            "statements": [
                # The counts have the times of what they count, and those are what may be wrong.
                "set(datapoint.start_time, Now())",
                "set(datapoint.time, Now())",
                f'set({sender}, "unknown")',
                f"set({sender}, {name}) where {name} != nil",
                f'set({sender}, Concat([{namespace}, {name}], "/")) where {name} != nil and {namespace} != nil',
                f'set(datapoint.attributes["signal"], {part}[1])',
                f'set(datapoint.attributes["reason"], {part}[2]) where HasPrefix(metric.name, "{FAULTS}/")',
            ],
        },
        {"context": "metric", "statements": [f"set(metric.name, {part}[0])"]},
        {"context": "resource", "statements": ["keep_keys(resource.attributes, [])"]},
    ]
