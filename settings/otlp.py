"""What applications may send to the stack's gateway by OTLP."""

from __future__ import annotations

from pydantic import Field

from settings.section import Section
from settings.types import Count, Duration, Size


class OtlpSettings(Section):
    """What one sender may send. Beyond a limit that sender alone loses data, and OtlpSenderFaulty names it."""

    request: Size = Field(
        default="4Mi", description="Size of one request, uncompressed, 32Mi at most; larger ones are refused."
    )
    ahead: Duration = Field(
        default="5m", description="How far a clock may be ahead, 9m at most; Prometheus refuses 10 minutes."
    )
    behind: Duration = Field(
        default="50m", description="How old a metric's point may be, 55m at most; Prometheus refuses an hour."
    )
    label_sets: Count = Field(
        default=2_000, description="Label sets of one metric in one request; as many as OpenTelemetry's SDKs keep."
    )
