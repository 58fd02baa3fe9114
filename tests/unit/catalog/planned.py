"""What the tests of kinds look at in a plan."""

from __future__ import annotations

from catalog.plan import MonitoringPlan


def recorded(plan: MonitoringPlan, service: str) -> dict[str, str]:
    """Expressions by recorded name; two rules of one name would hide each other."""
    rules = plan.recording_rules.get(service, ())
    found = {rule.record: rule.expr for rule in rules}
    assert len(found) == len(rules)
    return found


def labels(service: str, kind: str, owner: str = "unowned") -> dict[str, str]:
    return {"service": service, "kind": kind, "owner": owner}
