"""Who is told about an alert, as the settings say."""

from __future__ import annotations

from components.runbook_told import told
from tests.plans import plan_of

SERVICES = [
    {"name": "api", "kind": "fastapi", "target": "api:8000", "owner": "web"},
    {"name": "cache", "kind": "redis", "target": "cache:6379"},
]
ROUTED = {
    "receivers": {name: {"webhook": {"url": f"https://{name}.example.com"}} for name in ("pager", "chat", "ops")},
    "teams": {"web": {"page": "pager", "notify": "chat", "escalate": {"after": "20m", "to": "ops"}}},
    "alerting": {"default": "ops"},
}


def test_without_receivers_nobody_is_told_and_the_page_says_so() -> None:
    assert "Nobody" in told(plan_of(*SERVICES), "http")


def test_owners_are_those_of_the_services_that_the_rules_are_about_each_with_whom_it_goes_to() -> None:
    text = told(plan_of(*SERVICES, **ROUTED), "http")
    assert "<tr><td>web</td><td>pager and chat</td><td>chat</td><td>ops after 20m</td></tr>" in text
    assert "unowned" not in text


def test_an_owner_without_a_team_goes_to_the_default_and_the_stacks_own_programs_are_monitorings() -> None:
    assert "<tr><td>unowned</td><td>ops</td><td>ops</td><td></td></tr>" in told(plan_of(*SERVICES, **ROUTED), "redis")
    assert "<td>monitoring</td>" in told(plan_of(*SERVICES, **ROUTED), "monitoring")
