"""A stack whose alerts Grafana manages: what is there, in which order, and what is not."""

from __future__ import annotations

import json

import yaml

from alerting.messages.managed import managed_templates
from alerting.relations import Relations
from components.secrets import program_secrets
from tests.conftest import Deployment
from tests.unit.components.grafana_alerting.conftest import SECRETS
from tests.unit.components.looking import GRAFANA_PROVIDER, content, names

TEMPLATE = "grafana:alerting/messageTemplate:MessageTemplate"


def test_there_is_no_alertmanager_and_nothing_asks_for_one(managed: Deployment) -> None:
    assert "alertmanager" not in names(managed)
    assert "alertmanager" not in managed.program.urls
    prometheus = managed.document("prometheus", "prometheus.yml")
    assert "alerting" not in prometheus
    assert "alertmanager" not in {job["job_name"] for job in prometheus["scrape_configs"]}
    sources = managed.of("grafana:oss/dataSource:DataSource").values()
    assert {source.inputs["type"] for source in sources} & {"alertmanager"} == set()
    assert "alertmanagerPassword" not in program_secrets(managed.program)
    for workload in managed.program.workloads:
        assert "alertmanager" not in {*workload.after, *workload.clients}, workload.name


def test_prometheus_keeps_every_recording_and_threshold(managed: Deployment) -> None:
    files = managed.files("prometheus")
    for name, text in managed.program.plan.rule_files.items():
        shipped = [
            rule for group in yaml.load(text, yaml.CSafeLoader)["groups"] for rule in group["rules"] if "record" in rule
        ]
        kept = [
            rule for group in yaml.load(files[f"rules/{name}"], yaml.CSafeLoader)["groups"] for rule in group["rules"]
        ]
        assert kept == shipped, name
    intervals = {
        group["name"]: group.get("interval")
        for group in yaml.load(files["rules/slo.rules.yml"], yaml.CSafeLoader)["groups"]
    }
    assert "1m" in intervals.values()


def test_everything_comes_after_a_healthy_grafana_and_its_content(managed: Deployment) -> None:
    (provider,) = managed.of(GRAFANA_PROVIDER).values()
    grafana = managed.containers["grafana"].urn
    folder = managed.of("grafana:oss/folder:Folder")["monitoring-grafana-content-folder"]
    source = managed.of("grafana:oss/dataSource:DataSource")["monitoring-grafana-content-prometheus"]
    assert grafana in folder.depends_on
    assert grafana in source.depends_on
    alerting = [found for found in content(managed) if found.type.startswith("grafana:alerting/")]
    assert len(alerting) > 100
    for resource in alerting:
        assert resource.provider.startswith(f"{provider.urn}::"), resource.name
        assert {folder.urn, source.urn} <= {*resource.depends_on}, resource.name


def test_words_are_those_of_alertmanager_by_grafanas_names(managed: Deployment) -> None:
    found = {made.inputs["name"]: made.inputs["template"] for made in managed.of(TEMPLATE).values()}
    assert found == managed_templates("Europe/Berlin", Relations(managed.program.plan).needed_by)


def test_what_pulumi_writes_is_marked_as_provisioned(managed: Deployment) -> None:
    for resource in content(managed):
        assert not resource.inputs.get("disableProvenance"), resource.name


def test_grafana_sends_mail_by_the_server_of_the_receiver_and_keeps_the_states_of_alerts(managed: Deployment) -> None:
    env = dict(entry.split("=", 1) for entry in managed.container("grafana")["envs"])
    found = {key: value for key, value in env.items() if key.startswith(("GF_SMTP", "GF_UNIFIED"))}
    history = "GF_UNIFIED_ALERTING_STATE_HISTORY"
    assert found == {
        "GF_SMTP_ENABLED": "true",
        "GF_SMTP_HOST": "smtp.example.com:587",
        "GF_SMTP_FROM_ADDRESS": "monitor@example.com",
        "GF_SMTP_FROM_NAME": "Monitoring",
        "GF_SMTP_STARTTLS_POLICY": "MandatoryStartTLS",
        "GF_SMTP_USER": "monitor@example.com",
        "GF_SMTP_PASSWORD__FILE": "/run/secrets/mailPassword",
        f"{history}_ENABLED": "true",
        f"{history}_BACKEND": "prometheus",
        f"{history}_PROMETHEUS_TARGET_DATASOURCE_UID": "prometheus",
        f"{history}_PROMETHEUS_METRIC_NAME": "ALERTS",
    }
    assert managed.files("grafana", "secrets")["mailPassword"] == SECRETS["mailPassword"]


def test_values_of_secrets_are_where_they_are_needed_and_nowhere_else(managed: Deployment) -> None:
    for name in SECRETS.keys() - {"aPassword"}:
        holding = {
            found.type.rpartition(":")[2]
            for found in managed.resources
            if SECRETS[name] in json.dumps(dict(found.inputs))
        }
        assert holding == ({"HostDirectory"} if name == "mailPassword" else {"ContactPoint"}), name


def test_the_gateway_lets_grafana_record_what_it_told(managed: Deployment, dev: Deployment) -> None:
    clients = [
        {*found.clients} & {"grafana", "alertmanager"}
        for deployment in (managed, dev)
        for found in deployment.program.workloads
        if found.name == "collector-gateway"
    ]
    assert clients == [{"grafana"}, {"alertmanager"}]
