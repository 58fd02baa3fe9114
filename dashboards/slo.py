"""SLO and error budget: is what was promised kept, how fast is the budget spent, and how long will it last?"""

from __future__ import annotations

from dashboards.about_services import CHOSEN, marks, of_service, service_variable
from dashboards.panels import (
    BAD,
    GOOD,
    HIGH,
    WARNING,
    Column,
    Dashboard,
    DashboardRow,
    Panel,
    bar_gauge,
    dashboard,
    ratio,
    stat,
    table,
    time_series,
)
from dashboards.queries import metrics, metrics_now, metrics_table
from dashboards.rows import firing, firing_now
from dashboards.signals import Signals

_LEGEND = "{{service}} {{slo}}"
_LEFT = ((-1000, BAD), (0, HIGH), (0.25, WARNING), (0.5, GOOD))
_LATER = "Known after six hours"
_BURN = ((0, GOOD), (1, WARNING), (6, HIGH), (14.4, BAD))


def _health() -> tuple[Panel, ...]:
    return (
        bar_gauge(
            "Error budget left",
            "What each objective has left of its budget. At 0 it is missed: stop risky changes until it recovers.",
            metrics_now(f"sort(service:slo_budget_left:ratio{{{CHOSEN}}})", _LEGEND),
            unit="percentunit",
            steps=_LEFT,
            maximum=1,
            decimals=0,
            links=(of_service(),),
            empty=_LATER,
            width=8,
            height=7,
        ),
        stat(
            "Burn rate now",
            "How many times faster than allowed the budget is spent, over the last hour. Above 14.4 somebody is paged.",
            metrics_now(_burn("1h"), _LEGEND),
            unit="none",
            steps=_BURN,
            decimals=1,
            links=(of_service(),),
            width=6,
            height=7,
        ),
        firing_now(width=10, height=7),
        firing(width=24),
    )


def _objectives() -> tuple[Panel, ...]:
    return (
        table(
            "Objectives",
            "What is promised and what is kept, over the objective's window and over the last hour. Below its "
            "objective, "
            "the budget is being spent faster than it comes back.",
            {
                name: metrics_table(f"max by (service, slo) ({expression})")
                for name, expression in (
                    ("objective", f"service:slo_objective:ratio{{{CHOSEN}}}"),
                    ("window", f"service:slo_window:days{{{CHOSEN}}}"),
                    ("hour", f"1 - service:slo_errors:ratio_rate1h{{{CHOSEN}}}"),
                    ("day", f"1 - service:slo_errors:ratio_rate1d{{{CHOSEN}}}"),
                )
            },
            columns=(
                Column("service", "Service", link=of_service("__data.fields.Service")),
                Column("slo", "Of"),
                Column("Value #objective", "Objective", unit="percentunit", decimals=2),
                Column("Value #hour", "Last hour", unit="percentunit", decimals=3),
                Column("Value #day", "Last day", unit="percentunit", decimals=3),
                Column("Value #window", "Window", unit="d"),
            ),
            width=16,
        ),
        stat(
            "Budget lasts",
            "How long the rest of the budget lasts at the pace of the last six hours. When it is short, act before it "
            "ends.",
            metrics_now(f"service:slo_budget_exhausted:seconds{{{CHOSEN}}} < Inf", _LEGEND),
            unit="s",
            steps=((0, BAD), (86400, HIGH), (7 * 86400, WARNING), (30 * 86400, GOOD)),
            decimals=1,
            links=(of_service(),),
            empty="Nothing is being spent, or known after six hours",
            width=8,
            height=8,
        ),
    )


def _over_time() -> tuple[Panel, ...]:
    return (
        time_series(
            "Burn rate",
            "How many times faster than allowed the budget is spent, over an hour and over six. At 1 it lasts exactly "
            "its "
            "window. Dashed: where ErrorBudgetFastBurn begins.",
            [metrics(_burn(window), f"{_LEGEND} {window}") for window in ("1h", "6h")],
            unit="none",
            threshold=metrics(f"service:slo_burn_fast:limit{{{CHOSEN}}}", f"{_LEGEND} limit"),
            links=(of_service(),),
        ),
        ratio(
            "Share that was bad",
            "Share of requests that spent budget, over five minutes. Dashed: what the objective allows on average.",
            [metrics(f"service:slo_errors:ratio_rate5m{{{CHOSEN}}}", _LEGEND)],
            threshold=metrics(f"1 - service:slo_objective:ratio{{{CHOSEN}}}", f"{_LEGEND} allowed"),
            links=(of_service(),),
        ),
        time_series(
            "Error budget over time",
            "What was left of each budget. A step down is an incident; a slope is a fault that nobody noticed.",
            [metrics(f"service:slo_budget_left:ratio{{{CHOSEN}}}", _LEGEND)],
            unit="percentunit",
            links=(of_service(),),
            empty=_LATER,
            width=24,
        ),
    )


def _burn(window: str) -> str:
    allowed = f"(1 - service:slo_objective:ratio{{{CHOSEN}}})"
    return f"service:slo_errors:ratio_rate{window}{{{CHOSEN}}} / {allowed}"


def _slo(_signals: Signals) -> Dashboard:
    return dashboard(
        "slo",
        "SLO and error budget",
        "Objectives of services: what is left of each error budget, how fast it is spent, and how long it lasts.",
        variables=(service_variable(carried_by="service:slo_objective:ratio"),),
        annotations=marks(),
        rows=(
            DashboardRow("Health", _health()),
            DashboardRow("Objectives", _objectives()),
            DashboardRow("Over time", _over_time()),
        ),
    )


DASHBOARD = _slo
