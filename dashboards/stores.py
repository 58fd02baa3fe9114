"""What the stores of logs and traces do: for the dashboard about monitoring itself."""

from __future__ import annotations

from dashboards.panels import Panel, saturation
from dashboards.queries import metrics


def stores() -> tuple[Panel, ...]:
    """Of the stores that say how full they are, by the name that their rules have in common."""
    return (
        saturation(
            "Volumes of the stores",
            "Share of its volume that a store of logs or traces uses. When it is full, new data are refused: shorten "
            "the retention, or make the volume larger.",
            [metrics('max by (service) ({__name__=~".+:volume_used:ratio"})', "{{service}}")],
            empty="No store here says how full it is",
        ),
    )
