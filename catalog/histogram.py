"""Rates, quantiles and shares of a histogram, classic or native, in PromQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from catalog.plan import RecordingRule

HistogramForm = Literal["classic", "native"]
_WINDOW = "5m"
_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True)
class Histogram:
    """A histogram and which of its series count.

    Attributes:
        name: without `_bucket`, `_count` or `_sum`.
        selector: label matchers in braces; labels that are left are summed away.
        form: classic: `_bucket` series with `le`; native: one series of histogram samples.
    """

    name: str
    selector: str
    form: HistogramForm = "classic"

    def rate(self) -> str:
        """Observations per second."""
        if self.form == "native":
            return f"histogram_count({self._native()})"
        return f"sum(rate({self.name}_count{self.selector}[{_WINDOW}]))"

    def quantile(self, quantile: float) -> str:
        """The value that this share of the observations stays below."""
        buckets = (
            self._native()
            if self.form == "native"
            else f"sum by (le) (rate({self.name}_bucket{self.selector}[{_WINDOW}]))"
        )
        return f"histogram_quantile({quantile:g}, {buckets})"

    def quantile_rules(self, family: str, labels: Mapping[str, str]) -> Iterator[RecordingRule]:
        """`<family>:p50_5m` and the other quantiles that are always recorded."""
        for name, quantile in _QUANTILES.items():
            yield RecordingRule(f"{family}:{name}_{_WINDOW}", self.quantile(quantile), labels)

    def rate_above(self, limit: float) -> str:
        """Observations per second above a limit. A classic histogram must have a bucket that ends there."""
        if self.form == "native":
            native = self._native()
            above = f"(1 - histogram_fraction(-Inf, {limit:g}, {native})) * histogram_count({native})"
            # A fraction of nothing is NaN, which would stay in every sum over time.
            return f"({above} >= 0 or histogram_count({native}) * 0)"
        # What is scraped has its bounds written as floats, what comes by OTLP as short as can be.
        bounds = "|".join(re.escape(bound) for bound in dict.fromkeys((f"{limit:g}", str(float(limit)))))
        escaped = bounds.replace("\\", "\\\\")
        within = self.selector.removesuffix("}") + f', le=~"{escaped}"}}'
        return f"{self.rate()} - sum(rate({self.name}_bucket{within}[{_WINDOW}]))"

    def _native(self) -> str:
        return f"sum(rate({self.name}{self.selector}[{_WINDOW}]))"
