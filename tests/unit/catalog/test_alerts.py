"""The shipped alerts, read from rule files."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog import alerts
from catalog.alerts import alerts_of, shipped_alerts
from settings.alerts import ShippedAlert, Threshold

RULES = """
groups:
  - name: kettles
    rules:
      - record: service:alert:threshold
        expr: service:alert:override{alert="KettleHot"} or on (service) 1.5e3 * group by (service) (service:up)
        labels: {alert: KettleHot, unit: ratio}
      - alert: KettleHot
        expr: kettle > 1
        for: 7m
        labels: {severity: high, cause: errors}
      - alert: KettleGone
        expr: absent(kettle)
        labels: {severity: critical, cause: down}
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rule file that is the only one."""
    monkeypatch.setattr(alerts, "RULES", tmp_path)
    file = tmp_path / "kettles.rules.yml"
    file.write_text(RULES, encoding="utf-8")
    return file


def read() -> dict[str, ShippedAlert]:
    """What the files say now, however often they were read before."""
    return dict(shipped_alerts.__wrapped__())


@pytest.mark.usefixtures("rules")
def test_an_alert_is_its_rule_with_the_default_of_its_threshold() -> None:
    assert read() == {
        "KettleHot": ShippedAlert("KettleHot", "kettles", "high", "7m", Threshold(1500.0, "ratio"), "errors"),
        "KettleGone": ShippedAlert("KettleGone", "kettles", "critical", "0m", None, "down"),
    }


def test_a_threshold_without_a_default_is_named(rules: Path) -> None:
    rules.write_text(RULES.replace("1.5e3 * group by", "1.5e3 * sum by"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"^service:alert:threshold of KettleHot: no default"):
        read()


def test_every_service_has_the_alerts_of_its_groups_and_those_about_every_service() -> None:
    everyone, redis = alerts_of(()), alerts_of(("redis",))
    assert "ServiceDown" in everyone
    assert everyone < redis
    assert {shipped_alerts()[name].group for name in redis - everyone} == {"redis"}
