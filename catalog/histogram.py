"""Rates, quantiles and shares of a histogram, classic or native, or of a summary, in PromQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from pydantic import Field, model_validator

from catalog.plan import HistogramForm, RecordingRule
from catalog.promql import any_of, label, quoted, series
from settings.errors import shown
from settings.section import Section, mistake
from settings.types import figure

TimeUnit = Literal["seconds", "milliseconds"]
_PER_SECOND: Mapping[TimeUnit, int] = MappingProxyType({"seconds": 1, "milliseconds": 1000})
_WINDOW = "5m"
_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
_JUDGED = 0.95
# Of a classic histogram, each a metric of its own.
_PARTS = ("_bucket", "_count", "_sum")
_MILLISECONDS = ("milliseconds", "_millis", ".millis", "_ms", ".ms")
# PromQL has no arithmetic of labels: in bounds of milliseconds the point moves three digits to the left.
_TO_SECONDS = (
    (r"(.+)e\+06", "${1}e+03"),
    (r"(.+)e\+07", "${1}e+04"),
    (r"([0-9]+)(?:\.([0-9]+))?", "000$1.$2"),
    (r"0*([0-9]+)([0-9]{3})\.([0-9]*)", "$1.$2$3"),
    (r"([0-9]+(?:\.[0-9]*[1-9])?)\.?0*", "$1"),
)


class Durations(Section):
    """What the histograms are that a program measures times by."""

    histogram: HistogramForm = Field(
        default="classic",
        description="Form of its histograms of durations. classic: series with le; native: native histograms, which "
        "are then scraped; summary: series with quantile, which the program computes: 0.5, 0.9, 0.95, 0.99.",
    )
    unit: TimeUnit = Field(
        default="seconds",
        description="What its durations count in, whatever their names say; limits and dashboards are in seconds.",
    )

    @model_validator(mode="after")
    def _names_of_what_is_read(self) -> Durations:
        for field in sorted(name for name in self.model_fields_set if name.endswith("_seconds")):
            name = getattr(self, field) or ""
            if (part := next(filter(name.endswith, _PARTS), None)) and name != part:
                action = "Its _bucket, _count and _sum are found by themselves."
                raise mistake(shown(name), shown(name.removesuffix(part)), action, field=field)
            if name.endswith(_MILLISECONDS) and "unit" not in self.model_fields_set:
                action = f"unit: seconds says that {field} counts in seconds all the same."
                raise mistake(f"nothing beside {field}: {shown(name)}", "milliseconds", action, field="unit")
        return self

    def durations(self, name: str, matchers: str) -> Histogram:
        """One of them, with the matchers of the series that count."""
        return Histogram(name, matchers, self.histogram, self.unit)


@dataclass(frozen=True)
class Histogram:
    """A histogram, or a summary, of durations, and which of its series count. All its answers are in seconds.

    Attributes:
        name: without `_bucket`, `_count` or `_sum`.
        matchers: of labels, with commas between them; labels that are left are summed away.
        form: classic: `_bucket` series with `le`; native: one series of histogram samples; summary: series with
            `quantile`, which cannot be summed: of several the highest counts.
        unit: what it counts in.
    """

    name: str
    matchers: str
    form: HistogramForm = "classic"
    unit: TimeUnit = "seconds"

    @property
    def counter(self) -> str:
        """The metric that counts observations."""
        return self.name if self.form == "native" else f"{self.name}_count"

    @property
    def judged(self) -> tuple[str, str]:
        """The metric whose presence means that there is a P95, and the matchers of its series."""
        return (self.name, self._of_quantile(_JUDGED)) if self.form == "summary" else (self.counter, self.matchers)

    def rate(self) -> str:
        """Observations per second."""
        if self.form == "native":
            return f"histogram_count({self._native()})"
        return f"sum(rate({series(self.counter, self.matchers)}[{_WINDOW}]))"

    def quantile(self, quantile: float, by: str | None = None) -> str:
        """The value that this share of the observations stays below.

        Args:
            by: a label to keep.
        """
        kept = label(by) if by else ""
        if self.form == "summary":
            own = series(self.name, self._of_quantile(quantile))
            return self._in_seconds(f"max{f' by ({kept}) ' if kept else ''}({own})")
        buckets = self._native(by) if self.form == "native" else self._buckets(f"{kept}, le" if kept else "le")
        return self._in_seconds(f"histogram_quantile({figure(quantile)}, {buckets})")

    def quantile_rules(self, family: str, labels: Mapping[str, str]) -> Iterator[RecordingRule]:
        """`<family>:p50_5m` and the other quantiles that are always recorded; of a classic histogram its buckets too.

        They are `<family>:bucket_rate5m`, observations per second by `le`, and `<family>:highest_bucket`.
        A quantile of a classic histogram is never above the bound of its highest finite bucket. One that is equal to it
        lies somewhere above.
        """
        for name, quantile in _QUANTILES.items():
            yield RecordingRule(f"{family}:{name}_{_WINDOW}", self.quantile(quantile), labels)
        if self.form == "classic":
            yield RecordingRule(f"{family}:bucket_rate5m", self._bounds_in_seconds(self._buckets("le")), labels)
            yield RecordingRule(f"{family}:highest_bucket", self._highest_bucket(), labels)

    def rate_above(self, limit: float) -> str:
        """Observations per second above a limit in seconds. A classic histogram must have a bucket that ends there.

        Raises:
            ValueError: of a summary, which does not tell.
        """
        if self.form == "summary":
            raise ValueError(f"{self.name}: a summary does not tell how many observations are above a limit")
        if self.form == "native":
            native = self._native()
            above = f"(1 - histogram_fraction(-Inf, {self._bound(limit)}, {native})) * histogram_count({native})"
            # A fraction of nothing is NaN, which would stay in every sum over time.
            return f"({above} >= 0 or histogram_count({native}) * 0)"
        return f"{self.rate()} - {self._rate_within(limit)}"

    def apdex(self, satisfied: float) -> str | None:
        """The share of observations that satisfy: those up to `satisfied` wholly, those up to four times that by half.

        None of a summary, which does not tell.

        Args:
            satisfied: in seconds. Buckets of a classic histogram must end there and at four times it.
        """
        tolerated = 4 * satisfied
        if self.form == "summary":
            return None
        if self.form == "native":
            shares = (
                f"histogram_fraction(-Inf, {self._bound(limit)}, {self._native()})" for limit in (satisfied, tolerated)
            )
            return f"({' + '.join(shares)}) / 2"
        return f"({self._rate_within(satisfied)} + {self._rate_within(tolerated)}) / 2 / {self.rate()}"

    def _highest_bucket(self) -> str:
        # A histogram with all its observations in the last bucket has every quantile at the bound before it.
        last, others = (series(f"{self.name}_bucket", self.matchers, f'le{which}"+Inf"') for which in ("=", "!="))
        return self._in_seconds(f"histogram_quantile(0.5, group by (le) ({last}) or group by (le) ({others}) * 0)")

    def _buckets(self, by: str) -> str:
        return f"sum by ({by}) (rate({series(f'{self.name}_bucket', self.matchers)}[{_WINDOW}]))"

    def _rate_within(self, limit: float) -> str:
        bound = float(self._bound(limit))
        # What is scraped has its bounds written as floats, the large ones with an exponent; what comes by OTLP as short
        # as can be.
        spelt = (figure(bound), str(bound), f"{bound:g}")
        bounds = any_of(dict.fromkeys(text for text in spelt if float(text) == bound))
        return f"sum(rate({series(f'{self.name}_bucket', self.matchers, f'le=~{bounds}')}[{_WINDOW}]))"

    def _native(self, by: str | None = None) -> str:
        kept = f" by ({label(by)}) " if by else ""
        return f"sum{kept}(rate({series(self.name, self.matchers)}[{_WINDOW}]))"

    def _of_quantile(self, quantile: float) -> str:
        return f'{self.matchers}, quantile="{figure(quantile)}"'

    def _bound(self, limit: float) -> str:
        """A limit in seconds, in the histogram's own unit."""
        return figure(float(Decimal(figure(limit)) * _PER_SECOND[self.unit]))

    def _in_seconds(self, value: str) -> str:
        return value if self.unit == "seconds" else f"{value} / {_PER_SECOND[self.unit]}"

    def _bounds_in_seconds(self, buckets: str) -> str:
        if self.unit == "milliseconds":
            for pattern, replacement in _TO_SECONDS:
                buckets = f'label_replace({buckets}, "le", {quoted(replacement)}, "le", {quoted(pattern)})'
        return buckets


def forms_read(*metrics: str | None, form: HistogramForm | None = None) -> frozenset[HistogramForm]:
    """The forms of histograms that must be in the store.

    Args:
        metrics: metrics that are read beside histograms; some are parts of a classic one.
        form: of the histograms that are read.
    """
    parts: HistogramForm | None = "classic" if any(name and name.endswith(_PARTS) for name in metrics) else None
    return frozenset(filter(None, (form, parts)))
