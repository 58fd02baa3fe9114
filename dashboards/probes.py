"""Uptime and certificates: what a caller sees from outside, and until when certificates are valid."""

from __future__ import annotations

from catalog.plan import MonitoringPlan
from dashboards.about_services import CHOSEN, marks, of_service, service_variable, threshold
from dashboards.panels import (
    BAD,
    GOOD,
    HIGH,
    WARNING,
    Column,
    Dashboard,
    DashboardRow,
    Panel,
    dashboard,
    latency,
    only_where,
    ratio,
    stat,
    state_timeline,
    table,
)
from dashboards.queries import metrics, metrics_now, metrics_table
from dashboards.rows import firing
from dashboards.signals import Signals

_NO_CERTIFICATE = "No probe speaks TLS"
_STATES = {"0": ("No answer", BAD), "1": ("Answers", GOOD)}
# Where several probers ask, it answers unless most of them find that it does not, as EndpointDown has it.
_ANSWERS = f"avg by (service) (probe_success{{{CHOSEN}}}) >= bool 0.5"


def _several_probers(plan: MonitoringPlan) -> bool:
    """Probers beside the stack's own, or instead of it, ask for something."""
    return len({job.labels["prober"] for job in plan.scrape_jobs if job.probe_module}) > 1


def _health() -> tuple[Panel, ...]:
    return (
        stat(
            "Answers now",
            "Whether each endpoint answers a caller from outside. When it does not, look at its service, then at what "
            "is before it: proxy, name, certificate. Of several probers most decide.",
            metrics_now(_ANSWERS, "{{service}}"),
            unit="none",
            steps=((0, BAD), (1, GOOD)),
            texts={"0": "No", "1": "Yes"},
            links=(of_service(),),
        ),
        stat(
            "Probes answered",
            "Share of probes that succeeded, over the dashboard's time. When it is red, see when in the panel below.",
            metrics_now(f"avg by (service) (avg_over_time(probe_success{{{CHOSEN}}}[$__range]))", "{{service}}"),
            unit="percentunit",
            steps=((0, BAD), (0.99, WARNING), (0.999, GOOD)),
            decimals=2,
            links=(of_service(),),
        ),
        stat(
            "Next certificate expires in",
            "How long the certificate that expires first is still valid. When it is red, renew it now.",
            metrics_now(f"min(probe:certificate_expiry:timestamp{{{CHOSEN}}}) - time()", "expires"),
            unit="s",
            steps=((-1e9, BAD), (7 * 86400, HIGH), (21 * 86400, WARNING), (30 * 86400, GOOD)),
            empty=_NO_CERTIFICATE,
        ),
        firing(width=24),
    )


def _uptime() -> tuple[Panel, ...]:
    return (
        state_timeline(
            "Answered and not",
            "When each endpoint answered. What stopped at once has a cause in common.",
            [metrics(_ANSWERS, "{{service}}")],
            states=_STATES,
            links=(of_service(),),
        ),
        *only_where(
            _several_probers,
            state_timeline(
                "Answered and not, by prober",
                "What one prober alone finds down is down where it stands, or on the way from there. A gap: the prober "
                "itself was away.",
                [metrics(f"min by (service, prober) (probe_success{{{CHOSEN}}})", "{{service}} by {{prober}}")],
                states=_STATES,
                links=(of_service(),),
            ),
        ),
        latency(
            "Probe duration",
            "How long a probe took, from outside the service, failed ones too. When only this is slow, look at the way "
            "there: name, network, proxy.",
            [metrics(f"max by (service) (probe_duration_seconds{{{CHOSEN}}})", "{{service}}")],
            links=(of_service(),),
        ),
        ratio(
            "Probes answered, over five minutes",
            "Share of probes that got an answer, of several probers the lowest. Dashed: below it EndpointDown begins.",
            [metrics(f"min by (service) (probe:answered:ratio{{{CHOSEN}}})", "{{service}}")],
            threshold=threshold("EndpointDown"),
            links=(of_service(),),
        ),
        latency(
            "HTTP probes by phase",
            "Where the time of an HTTP probe goes. Slow processing is the service; the rest is the way there.",
            [metrics(f"max by (service, phase) (probe_http_duration_seconds{{{CHOSEN}}})", "{{service}} {{phase}}")],
            stacked=True,
            empty="No probe speaks HTTP",
        ),
        table(
            "Certificates",
            "Until when each certificate is valid, the first to expire at the top. Renew it before CertificateExpiring "
            "becomes urgent.",
            metrics_table(f"sort(min by (service, instance) (probe:certificate_expiry:timestamp{{{CHOSEN}}}) * 1000)"),
            columns=(
                Column("service", "Service", link=of_service("__data.fields.Service")),
                Column("instance", "Address"),
                Column("Value", "Expires", unit="dateTimeFromNow"),
            ),
            empty=_NO_CERTIFICATE,
        ),
    )


def _probes(_signals: Signals) -> Dashboard:
    return dashboard(
        "probes",
        "Uptime and certificates",
        "Endpoints as a caller sees them: whether they answer, how fast, and until when their certificates are valid.",
        variables=(service_variable("probe"),),
        annotations=marks(),
        rows=(DashboardRow("Health", _health()), DashboardRow("Uptime", _uptime())),
    )


DASHBOARD = _probes
