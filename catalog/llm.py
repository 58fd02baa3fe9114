"""Calls of language models: tokens, dollars and failures, whatever program makes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from catalog.counter import Counter
from catalog.histogram import Durations, forms_read
from catalog.kind import Kind, scrape_jobs, series_of, service_labels
from catalog.plan import Contribution, RecordingRule
from catalog.promql import any_of, by_labels, label, quoted, series
from settings.section import Section, mistake
from settings.service import MeteredService
from settings.syntax import LabelName, MetricName
from settings.types import UrlPath, figure

# Windows that the alerts about spending look at.
_SPENT = ("10m", "1h", "24h")
_MILLION = 1e6


class LlmMetrics(Durations):
    """Names the program gives its metrics. The defaults are OpenTelemetry's conventions for generative AI."""

    tokens: MetricName = Field(
        default="gen_ai_client_token_usage", description="Tokens of requests, as a counter or a histogram."
    )
    tokens_form: Literal["counter", "classic", "native"] = Field(
        default="classic", description="counter: its full name; classic or native: a histogram's name."
    )
    token_type_label: LabelName = Field(default="gen_ai_token_type", description="Its label: input or output.")
    input_type: str = Field(default="input", min_length=1, description="The label's value for tokens sent.")
    output_type: str = Field(default="output", min_length=1, description="The label's value for tokens received.")
    model_label: LabelName = Field(default="gen_ai_request_model", description="Label with the model's name.")
    requests_total: MetricName | None = Field(
        default=None, description="Counter of requests; default: the count of duration_seconds."
    )
    duration_seconds: MetricName = Field(
        default="gen_ai_client_operation_duration_seconds", description="Histogram of request durations."
    )
    first_token_seconds: MetricName | None = Field(
        default="gen_ai_client_operation_time_to_first_chunk_seconds",
        description="Histogram of the time until an answer begins; null: there is none.",
    )
    error_label: LabelName = Field(
        default="error_type", description="Label of a request that failed; it is empty or not there otherwise."
    )
    no_provider_errors: tuple[str, ...] = Field(
        default=("400", "413", "422", "BadRequestError", "UnprocessableEntityError"),
        description="Values of error_label that are no failure of the provider: the request was wrong.",
    )
    cost_dollars_total: MetricName | None = Field(
        default=None, description="Counter of dollars spent, if the program has one; otherwise give `prices`."
    )


class Price(Section):
    """What a model costs, in dollars per million tokens."""

    input: float = Field(ge=0, description="Dollars per million tokens sent.")
    output: float = Field(ge=0, description="Dollars per million tokens received.")


class LlmService(MeteredService):
    """A program's use of language models."""

    kind: Literal["llm"]
    path: UrlPath = Field(default="/metrics", description="Path of its metrics.")
    metrics: LlmMetrics = LlmMetrics()
    prices: dict[str, Price] = Field(
        default_factory=dict,
        description="Dollars per million tokens, by the name that the metrics have; others count as free.",
    )

    @model_validator(mode="after")
    def _one_source_of_dollars(self) -> LlmService:
        if self.prices and self.metrics.cost_dollars_total:
            raise mistake(
                "prices and metrics.cost_dollars_total", "one of them", "The counter already knows the prices."
            )
        return self


def _contribute(service: LlmService) -> Contribution:
    names = service.metrics
    tokens = None if names.tokens_form == "counter" else names.tokens_form
    counters = (names.tokens, names.requests_total, names.cost_dollars_total)
    read = forms_read(*counters, form=names.histogram) | forms_read(form=tokens)
    return Contribution(
        scrape_jobs=scrape_jobs(service, metrics_path=service.path),
        histograms=read,
        recording_rules=(
            *_token_rules(service),
            *_cost_rules(service),
            *_request_rules(service),
            *_latency_rules(service),
        ),
    )


def _token_rules(service: LlmService) -> Iterator[RecordingRule]:
    """Tokens per model and direction: a second's, and those of each window that spending is judged by."""
    names, labels = service.metrics, service_labels(service)
    for direction, value in (("input", names.input_type), ("output", names.output_type)):
        only = f"{label(names.token_type_label)}={quoted(value)}"
        own = {**labels, "type": direction}
        yield RecordingRule("service:llm_tokens:rate5m", _by_model(service, "rate", only, "5m"), own)
        if not names.cost_dollars_total:
            for window in _SPENT:
                grown = _by_model(service, "increase", only, window)
                yield RecordingRule(f"service:llm_tokens:increase{window}", grown, own)


def _by_model(service: LlmService, function: Literal["rate", "increase"], only: str, window: str) -> str:
    names, source = service.metrics, f'service="{series_of(service)}"'
    model = label(names.model_label)
    if names.tokens_form == "native":
        grown = f"{function}({series(names.tokens, source, only)}[{window}])"
        spent = f"histogram_sum(sum by ({model}) ({grown}))"
    else:
        name = names.tokens if names.tokens_form == "counter" else f"{names.tokens}_sum"
        counter = Counter(name, source, only)
        spent = (counter.rate if function == "rate" else counter.increase)(window, by=model)
    return _with_model(service, spent)


def _cost_rules(service: LlmService) -> Iterator[RecordingRule]:
    """Dollars per second and in each window, from the program's own counter or from tokens and prices."""
    labels, counter = service_labels(service), service.metrics.cost_dollars_total
    for function, window in (("rate", "5m"), *(("increase", window) for window in _SPENT)):
        if counter:
            spent = Counter(counter, f'service="{series_of(service)}"')
            dollars = spent.rate(window) if function == "rate" else spent.increase(window)
        else:
            dollars = _priced(service, f"service:llm_tokens:{function}{window}")
        yield RecordingRule(f"service:llm_cost:dollars_{function}{window}", dollars, labels)
    if not counter:
        without = f'service="{service.name}"'
        if service.prices:
            without += f", model!~{any_of(service.prices)}"
        unpriced = f"sum by (model) (service:llm_tokens:rate5m{{{without}}})"
        yield RecordingRule("service:llm_tokens_unpriced:rate5m", unpriced, labels)
    yield RecordingRule("service:llm_cost_by_model:dollars_rate5m", _dollars_by_model(service), labels)


def _dollars_by_model(service: LlmService) -> str:
    names = service.metrics
    if not names.cost_dollars_total:
        return _priced(service, "service:llm_tokens:rate5m", by="model")
    spent = Counter(names.cost_dollars_total, f'service="{series_of(service)}"').rate(by=label(names.model_label))
    return _with_model(service, spent)


def _with_model(service: LlmService, expression: str) -> str:
    """Series by the program's own label, by the label `model`."""
    return by_labels("sum", expression, {"model": service.metrics.model_label})


def _priced(service: LlmService, tokens: str, by: str = "") -> str:
    """Dollars of recorded tokens. Models without a price count as free; LlmUnpricedModel says so."""
    own = f'service="{service.name}"'
    terms = [
        f'{tokens}{{{own}, model={quoted(model)}, type="{direction}"}} * {figure(dollars / _MILLION)}'
        for model, price in service.prices.items()
        for direction, dollars in (("input", price.input), ("output", price.output))
    ]
    return f"sum{f' by ({by}) ' if by else ''}({' or '.join([*terms, f'{tokens}{{{own}}} * 0'])})"


def _request_rules(service: LlmService) -> Iterator[RecordingRule]:
    names, labels = service.metrics, service_labels(service)
    source = f'service="{series_of(service)}"'
    error = label(names.error_label)
    failed_only = f'{error}!=""'
    if names.no_provider_errors:
        failed_only += f", {error}!~{any_of(names.no_provider_errors)}"
    requests, failed = _requests(names, source), _requests(names, source, failed_only)
    yield RecordingRule("service:llm_requests:rate5m", requests, labels)
    yield RecordingRule("service:llm_requests_by_model:rate5m", _requests_by_model(service, source), labels)
    # Without a single failure there is no such series: the ratio is 0, not absent.
    yield RecordingRule("service:llm_errors:ratio_rate5m", f"({failed} or {requests} * 0) / {requests}", labels)


def _requests_by_model(service: LlmService, source: str) -> str:
    names, model = service.metrics, label(service.metrics.model_label)
    if names.requests_total or names.histogram != "native":
        counter = Counter(names.requests_total or f"{names.duration_seconds}_count", source)
        return _with_model(service, counter.rate(by=model))
    grown = f"sum by ({model}) (rate({series(names.duration_seconds, source)}[5m]))"
    return _with_model(service, f"histogram_count({grown})")


def _latency_rules(service: LlmService) -> Iterator[RecordingRule]:
    """How long requests take, and how long it takes until their answers begin."""
    names, labels = service.metrics, service_labels(service)
    families = {"service:llm_latency": names.duration_seconds, "service:llm_first_token": names.first_token_seconds}
    for family, name in families.items():
        if name:
            durations = names.durations(name, f'service="{series_of(service)}"')
            yield from durations.quantile_rules(family, labels)


def _requests(names: LlmMetrics, source: str, only: str = "") -> str:
    durations = names.durations(names.duration_seconds, ", ".join(filter(None, (source, only))))
    if names.requests_total or names.histogram != "native":
        return Counter(names.requests_total or durations.counter, source, only).rate()
    return durations.rate()


KIND = Kind("llm", LlmService, _contribute, ("llm",), dashboards=("llm",))
