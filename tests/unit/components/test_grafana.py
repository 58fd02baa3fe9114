"""Grafana of the shipped stacks: its settings, and its content from files."""

from __future__ import annotations

import json

import yaml

from tests.conftest import Deployment
from tests.unit.components.looking import GRAFANA_PROVIDER, content


def test_grafana_content_from_files_is_the_same_content_without_a_provider(
    dev: Deployment, changed: Deployment
) -> None:
    through_provider, from_files = dev, changed
    assert content(from_files) == []
    assert from_files.of(GRAFANA_PROVIDER) == {}
    files = from_files.files("grafana")
    dashboards = {
        json.loads(found.inputs["configJson"])["uid"]: json.loads(found.inputs["configJson"])
        for found in through_provider.of("grafana:oss/dashboard:Dashboard").values()
    }
    assert {
        name.removeprefix("dashboards/").removesuffix(".json"): json.loads(text)
        for name, text in files.items()
        if name.endswith(".json")
    } == dashboards
    provided = {
        found.inputs["uid"]: (found.inputs["name"], found.inputs["type"], found.inputs["url"])
        for found in through_provider.of("grafana:oss/dataSource:DataSource").values()
    }
    sources = yaml.safe_load(files["datasources/datasources.yaml"])["datasources"]
    assert {found["uid"]: (found["name"], found["type"], found["url"]) for found in sources} == provided
    secrets = from_files.files("grafana", "secrets")
    for source in sources:
        if source.get("basicAuth"):
            reference = source["secureJsonData"]["basicAuthPassword"]
            assert reference == f"$__file{{/run/secrets/{source['uid']}Password}}"
            assert f"{source['uid']}Password" in secrets
    (provider,) = yaml.safe_load(files["dashboards/dashboards.yaml"])["providers"]
    assert provider["options"]["path"] == "/etc/grafana/provisioning/dashboards"
    assert {
        "hostPath": "./config/grafana",
        "containerPath": "/etc/grafana/provisioning",
        "readOnly": True,
    } in from_files.container("grafana")["volumes"]


def test_grafana_has_no_default_password_no_anonymous_access_and_calls_nobody(dev: Deployment) -> None:
    environment = dict(entry.split("=", 1) for entry in dev.container("grafana")["envs"])
    assert environment["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafanaAdminPassword"
    assert dev.files("grafana", "secrets")["grafanaAdminPassword"] == "<secret grafanaAdminPassword>"
    assert "GF_SECURITY_ADMIN_PASSWORD" not in environment
    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert environment["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert environment["GF_ANALYTICS_REPORTING_ENABLED"] == "false"
    assert environment["GF_ANALYTICS_CHECK_FOR_UPDATES"] == "false"
