"""Limits of what may be sent by OTLP that the programs behind the gateway do not have."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.errors import Mistake, shown
from settings.types import mebibytes, seconds

# What an agent sends at once, and what OpenTelemetry's SDKs send by gRPC, is smaller than 4 MiB.
_SMALLEST_REQUEST, _LARGEST_REQUEST = "4Mi", "32Mi"
# Prometheus refuses what is 10 minutes ahead or an hour behind; a minute and five are for the way.
_FARTHEST_AHEAD, _FARTHEST_BEHIND = "9m", "55m"


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield every limit beyond what the gateway can hold, or Prometheus takes."""
    if checked.settings is None:
        return
    otlp = checked.settings.otlp
    if not mebibytes(_SMALLEST_REQUEST) <= mebibytes(otlp.request) <= mebibytes(_LARGEST_REQUEST):
        allowed = f"a size from {_SMALLEST_REQUEST} to {_LARGEST_REQUEST}"
        action = "Agents send nearly 4 MiB at once, and the gateway holds several requests in 512 MiB."
        yield Mistake("otlp.request", shown(otlp.request), allowed, action)
    for key, longest in (("ahead", _FARTHEST_AHEAD), ("behind", _FARTHEST_BEHIND)):
        said = getattr(otlp, key)
        if seconds(said) > seconds(longest):
            action = "Prometheus refuses the whole request for a point beyond it."
            yield Mistake(f"otlp.{key}", shown(said), f"a duration up to {longest}", action)
