"""Rates, quantiles and shares of a histogram, classic or native, in PromQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from catalog.plan import RecordingRule
from catalog.promql import any_of
from settings.types import figure

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

    @property
    def counter(self) -> str:
        """The series whose presence means that there is a histogram."""
        return self.name if self.form == "native" else f"{self.name}_count"

    def rate(self) -> str:
        """Observations per second."""
        if self.form == "native":
            return f"histogram_count({self._native()})"
        return f"sum(rate({self.name}_count{self.selector}[{_WINDOW}]))"

    def quantile(self, quantile: float, by: str | None = None) -> str:
        """The value that this share of the observations stays below.

        Args:
            by: a label to keep.
        """
        if self.form == "native":
            buckets = self._native(by)
        else:
            kept = f"{by}, le" if by else "le"
            buckets = f"sum by ({kept}) (rate({self.name}_bucket{self.selector}[{_WINDOW}]))"
        return f"histogram_quantile({figure(quantile)}, {buckets})"

    def quantile_rules(self, family: str, labels: Mapping[str, str]) -> Iterator[RecordingRule]:
        """`<family>:p50_5m` and the other quantiles that are always recorded; of a classic histogram its buckets too.

        They are `<family>:bucket_rate5m`, observations per second by `le`, and `<family>:highest_bucket`.
        A quantile of a classic histogram is never above the bound of its highest finite bucket. One that is equal to it
        lies somewhere above.
        """
        for name, quantile in _QUANTILES.items():
            yield RecordingRule(f"{family}:{name}_{_WINDOW}", self.quantile(quantile), labels)
        if self.form == "classic":
            buckets = f"sum by (le) (rate({self.name}_bucket{self.selector}[{_WINDOW}]))"
            yield RecordingRule(f"{family}:bucket_rate5m", buckets, labels)
            yield RecordingRule(f"{family}:highest_bucket", self._highest_bucket(), labels)

    def _highest_bucket(self) -> str:
        # A histogram with all its observations in the last bucket has every quantile at the bound before it.
        last, others = (f'{self.name}_bucket{self.selector[:-1]}, le{which}"+Inf"}}' for which in ("=", "!="))
        return f"histogram_quantile(0.5, group by (le) ({last}) or group by (le) ({others}) * 0)"

    def rate_above(self, limit: float) -> str:
        """Observations per second above a limit. A classic histogram must have a bucket that ends there."""
        if self.form == "native":
            native = self._native()
            above = f"(1 - histogram_fraction(-Inf, {figure(limit)}, {native})) * histogram_count({native})"
            # A fraction of nothing is NaN, which would stay in every sum over time.
            return f"({above} >= 0 or histogram_count({native}) * 0)"
        return f"{self.rate()} - {self._rate_within(limit)}"

    def apdex(self, satisfied: float) -> str:
        """The share of observations that satisfy: those up to `satisfied` wholly, those up to four times that by half.

        Args:
            satisfied: in the histogram's unit. Buckets of a classic histogram must end there and at four times it.
        """
        tolerated = 4 * satisfied
        if self.form == "native":
            shares = (
                f"histogram_fraction(-Inf, {figure(limit)}, {self._native()})" for limit in (satisfied, tolerated)
            )
            return f"({' + '.join(shares)}) / 2"
        return f"({self._rate_within(satisfied)} + {self._rate_within(tolerated)}) / 2 / {self.rate()}"

    def _rate_within(self, limit: float) -> str:
        # What is scraped has its bounds written as floats, what comes by OTLP as short as can be.
        bounds = any_of(dict.fromkeys((figure(limit), str(float(limit)))))
        within = self.selector.removesuffix("}") + f", le=~{bounds}}}"
        return f"sum(rate({self.name}_bucket{within}[{_WINDOW}]))"

    def _native(self, by: str | None = None) -> str:
        return f"sum{f' by ({by}) ' if by else ''}(rate({self.name}{self.selector}[{_WINDOW}]))"
