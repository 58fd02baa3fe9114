"""Every mistake in an override of a shipped alert."""

from __future__ import annotations

import pytest

from tests.plans import mistakes_in, plan_of

API: dict[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000"}


@pytest.mark.parametrize(
    ("alerts", "sentence"),
    [
        ({"HighErorRate": {}}, "services[0].alerts.HighErorRate: found unknown alert 'HighErorRate'. Allowed: "),
        (
            {"RedisDown": {"severity": "info"}},
            "services[0].alerts.RedisDown: found 'RedisDown', which never fires for this kind of service. Allowed: ",
        ),
        (
            {"ServiceDown": {"threshold": 1}},
            "services[0].alerts.ServiceDown.threshold: found 1. Allowed: enabled, for, severity."
            " ServiceDown has no threshold.",
        ),
        (
            {"HighErrorRate": {"threshold": 5}},
            "services[0].alerts.HighErrorRate.threshold: found 5. Allowed: a ratio from 0 to 1.",
        ),
        (
            {"HighErrorRate": {"threshold_down": 0.5}},
            "services[0].alerts.HighErrorRate.threshold_down: found 0.5. Allowed: enabled, for, severity, threshold."
            " HighErrorRate has no threshold_down.",
        ),
        (
            {"HighErrorRate": {"threshold": 1.0000001}},
            "services[0].alerts.HighErrorRate.threshold: found 1.0000001. Allowed: a ratio from 0 to 1.",
        ),
        (
            {"HighErrorRate": {"for": "5 minutes"}},
            "services[0].alerts.HighErrorRate.for: found '5 minutes'. Allowed: a duration such as 0m, 30s, 5m or 1h.",
        ),
        (
            {"HighErrorRate": {"severity": "page"}},
            "services[0].alerts.HighErrorRate.severity: found 'page'. Allowed: critical, high, info, warning.",
        ),
        (
            {"HighErrorRate": {"treshold": 0.1}},
            "services[0].alerts.HighErrorRate.treshold: found unknown key 'treshold'."
            " Allowed: enabled, for, severity, threshold, threshold_down. Did you mean 'threshold'?",
        ),
        (
            {"HighErrorRate": {"enabled": False, "for": "5m"}},
            "services[0].alerts.HighErrorRate: found enabled: false beside other keys. Allowed: either."
            " HighErrorRate is off: nothing else of it counts.",
        ),
    ],
)
def test_every_mistake_in_an_override_is_named(alerts: dict[str, object], sentence: str) -> None:
    (found,) = mistakes_in({**API, "alerts": alerts})
    assert found.startswith(sentence)


def test_an_unknown_alert_gets_the_nearest_name() -> None:
    (found,) = mistakes_in({**API, "alerts": {"HighErorRate": {}}})
    assert found.endswith("Did you mean 'HighErrorRate'?")
    (found,) = mistakes_in(API, alerts={"HeartBeat": {}})
    assert found.startswith("alerts.HeartBeat: found unknown alert 'HeartBeat'.")
    assert found.endswith("Did you mean 'Heartbeat'?")


def test_a_rise_has_no_highest_limit_and_a_fall_has() -> None:
    orders: dict[str, object] = {"name": "orders", "kind": "business", "target": "api:80", "metric": "orders_total"}
    assert plan_of({**orders, "alerts": {"BusinessMetricAnomaly": {"threshold": 4, "threshold_down": 1}}})
    assert mistakes_in({**orders, "alerts": {"BusinessMetricAnomaly": {"threshold_down": 1.5}}}) == [
        "services[0].alerts.BusinessMetricAnomaly.threshold_down: found 1.5. Allowed: a ratio from 0 to 1."
    ]
