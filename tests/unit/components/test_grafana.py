"""Grafana, the program: its settings, and whether there is one at all."""

from __future__ import annotations

from components.grafana import provider_url
from tests.conftest import Deployment
from tests.plans import program_of


def test_grafana_has_no_default_password_no_anonymous_access_and_calls_nobody(dev: Deployment) -> None:
    environment = dict(entry.split("=", 1) for entry in dev.container("grafana")["envs"])
    assert environment["GF_SECURITY_ADMIN_PASSWORD"] == "$__file{/run/secrets/grafanaAdminPassword}"
    assert dev.files("grafana", "secrets")["grafanaAdminPassword"] == "<secret grafanaAdminPassword>"
    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert environment["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert environment["GF_ANALYTICS_REPORTING_ENABLED"] == "false"
    assert environment["GF_ANALYTICS_CHECK_FOR_UPDATES"] == "false"


def test_a_grafana_that_is_there_already_is_not_run_again_and_not_missed(existing: Deployment) -> None:
    assert "grafana" not in {workload.name for workload in existing.program.workloads}
    assert existing.program.missing == {}
    assert provider_url(existing.program) == "https://grafana.example.com"


def test_a_provider_writes_to_the_own_grafana_unless_content_comes_from_files() -> None:
    assert provider_url(program_of()) == "http://127.0.0.1:3000"
    assert provider_url(program_of(grafana={"content": "files"})) is None
    assert provider_url(program_of(images={"source": "built"})) is None


def test_links_of_alerts_lead_to_a_grafana_that_is_there_already(existing: Deployment) -> None:
    rules = existing.files("prometheus")["rules/services.rules.yml"]
    assert "dashboard_url: https://grafana.example.com/d/" in rules
