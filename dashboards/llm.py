"""Language models: dollars against their budget, errors, latency, tokens, by model."""

from __future__ import annotations

from dashboards.about_services import limit, marks, service_variable, threshold
from dashboards.panels import Dashboard, DashboardRow, Panel, dashboard, latency, rate, ratio, time_series
from dashboards.queries import metrics
from dashboards.rows import health_row, share_of_threshold
from dashboards.series import of
from dashboards.signals import Signals

_HOUR = 3600


def _near_limits() -> tuple[Panel, ...]:
    return (
        share_of_threshold(
            "Dollars of 24 h, of the budget",
            "Dollars spent within a day, relative to the budget, which is the threshold of HighDailyCost. When red: "
            "see which model, and who calls it.",
            "service:llm_cost:dollars_increase24h",
            "HighDailyCost",
            width=12,
        ),
        share_of_threshold(
            "Errors, of their threshold",
            "Share of requests that the provider failed, relative to the threshold of LlmProviderErrors. When red: "
            "see the provider's status page, and your rate limits.",
            "service:llm_errors:ratio_rate5m",
            "LlmProviderErrors",
            width=12,
        ),
    )


def _cost() -> tuple[Panel, ...]:
    return (
        time_series(
            "Dollars of 24 h",
            "Dollars spent within the last day. Dashed: the budget, which is the threshold of HighDailyCost. Above "
            "it: see which model, and who calls it.",
            [metrics(of("service:llm_cost:dollars_increase24h"), "{{service}}")],
            unit="currencyUSD",
            threshold=threshold("HighDailyCost"),
            width=8,
        ),
        time_series(
            "Dollars of the last hour",
            "Dollars spent within the last hour. Dashed: what an hour may cost before LlmSpendBurn fires. Above it: a "
            "loop or a new caller spends far more than planned.",
            [metrics(of("service:llm_cost:dollars_increase1h"), "{{service}}")],
            unit="currencyUSD",
            threshold=metrics(
                f"{limit('LlmSpendBurn')} * on (service) {limit('HighDailyCost')} / 24", "{{service}} threshold"
            ),
            width=8,
        ),
        time_series(
            "Dollars an hour, by model",
            "What an hour costs at the pace of the last five minutes. A model that should not be used, or too much: "
            "route its calls to a cheaper one.",
            [metrics(f"{of('service:llm_cost_by_model:dollars_rate5m')} * {_HOUR}", "{{service}} {{model}}")],
            unit="currencyUSD",
            stacked=True,
            width=8,
        ),
    )


def _requests() -> tuple[Panel, ...]:
    return (
        rate(
            "Requests, by model",
            "Requests per second. A sudden fall is as telling as a rise: a rise costs money.",
            [metrics(of("service:llm_requests_by_model:rate5m"), "{{service}} {{model}}")],
            width=12,
        ),
        ratio(
            "Errors",
            "Share of requests that the provider failed. Dashed: the threshold of LlmProviderErrors. Above it: see "
            "the provider's status page and your rate limits, and switch to another model.",
            [metrics(of("service:llm_errors:ratio_rate5m"), "{{service}}")],
            threshold=threshold("LlmProviderErrors"),
            width=12,
        ),
        latency(
            "Time to first token",
            "How long until half and 95 % of answers began. When it rises: the provider queues, or prompts have "
            "become longer.",
            [
                metrics(of(f"service:llm_first_token:p{quantile}_5m"), f"{{{{service}}}} P{quantile}")
                for quantile in (50, 95)
            ],
            empty="Nothing streamed, or not measured",
            width=12,
        ),
        latency(
            "Duration",
            "How long half and 95 % of requests took until the answer was whole. It rises with the tokens of answers: "
            "compare it with them.",
            [
                metrics(of(f"service:llm_latency:p{quantile}_5m"), f"{{{{service}}}} P{quantile}")
                for quantile in (50, 95)
            ],
            empty="No request",
            width=12,
        ),
    )


def _tokens() -> tuple[Panel, ...]:
    return (
        rate(
            "Tokens, by model",
            "Tokens per second that are sent and received. Input that grows faster than requests: prompts get longer.",
            [metrics(of("service:llm_tokens:rate5m"), "{{model}} {{type}}")],
            unit="cps",
            width=8,
        ),
        time_series(
            "Tokens per request",
            "Tokens per request, now and on average of the last week. Far above the week: a prompt or a context "
            "has grown; see what was deployed.",
            [
                metrics(of("service:llm_tokens_per_request:mean30m"), "{{service}} 30 min"),
                metrics(of("service:llm_tokens_per_request:mean7d"), "{{service}} 7 days"),
            ],
            unit="short",
            empty="No request",
            width=8,
        ),
        rate(
            "Tokens without a price",
            "Tokens per second of models that the settings have no price for: they count as free. Add the model to "
            "`prices`.",
            [metrics(f"{of('service:llm_tokens_unpriced:rate5m')} > 0", "{{service}} {{model}}")],
            unit="cps",
            empty="Every model has a price",
            width=8,
        ),
    )


def _llm(_signals: Signals) -> Dashboard:
    return dashboard(
        "llm",
        "Language models",
        "Calls of language models: dollars against the budget, errors, time to first token, tokens.",
        variables=(service_variable("llm"),),
        annotations=marks(),
        rows=(
            health_row(*_near_limits()),
            DashboardRow("Cost", _cost()),
            DashboardRow("Traffic, errors, latency", _requests()),
            DashboardRow("Tokens", _tokens()),
        ),
    )


DASHBOARD = _llm
