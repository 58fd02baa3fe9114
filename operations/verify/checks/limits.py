"""Limits of durations lie where the histograms of the services can tell what is above them."""

from __future__ import annotations

from operations.verify.live import Live
from operations.verify.rows import Check, Row, not_yet, passed
from settings.types import figure

_NAME = "latency limits"
# Requests are counted, but not those that are too slow.
_NO_BUCKET = 'service:slo_total:rate5m{slo="latency"} unless on (service) service:slo_bad:rate5m{slo="latency"}'
_ABOVE = (
    "service:http_latency:highest_bucket"
    ' < on (service) group_left () max by (service) (service:alert:override{alert="HighLatency"})'
)


def checks(live: Live) -> list[Check]:
    """One row: the alerts LatencyLimitUnmeasurable and SloUnmeasurable say the same half an hour later."""
    return [Check.one(_NAME, lambda name: _row(live, name))]


def _row(live: Live, name: str) -> Row:
    for labels, _ in live.prometheus.query(_NO_BUCKET):
        what = f"no bucket of {labels['service']} ends at slo.latency.seconds"
        return not_yet(name, f"{what}: set it to the bound of a bucket, or give the histogram one that ends there.")
    for labels, bound in live.prometheus.query(_ABOVE):
        what = f"the limit of HighLatency for {labels['service']} is above its highest bucket, {figure(bound)} s"
        return not_yet(name, f"{what}: lower it, or give the histogram a bucket that ends there.")
    return passed(name, "buckets end at or above all of them")
