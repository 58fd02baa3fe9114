"""Prometheus of the shipped stacks: its command line, what it scrapes, and its rules."""

from __future__ import annotations

import re

import yaml

from components.prometheus import prometheus_workload
from tests.conftest import PLACE, ROOT, Deploy, Deployment
from tests.plans import plan_of
from tests.unit.components.looking import jobs


def test_a_health_check_that_needs_a_login_reads_the_password_from_its_file(docker_stack: Deployment) -> None:
    for component in ("prometheus", "alertmanager"):
        test = " ".join(docker_stack.container(component)["healthcheck"]["tests"])
        assert f"cat /run/secrets/{component}Password" in test
        assert f"{component}Password" in docker_stack.files(component, "secrets")


def test_the_web_logins_are_files_with_a_user_and_the_hash_of_the_password(dev: Deployment) -> None:
    for component in ("prometheus", "alertmanager"):
        assert "--web.config.file=/run/secrets/web.yml" in dev.container(component)["command"]
        assert yaml.safe_load(dev.files(component, "secrets")["web.yml"]) == {
            "basic_auth_users": {"admin": f"<bcrypt of secret {component}Password>"}
        }


def test_prometheus_scrapes_every_service_and_every_component_once(dev: Deployment) -> None:
    assert {name: job["static_configs"][0]["targets"] for name, job in jobs(dev).items()} == {
        "memory-api": ["memory-api:8000"],
        "memory-db": ["postgres-exporter-memory-db:9187"],
        "memory-cache": ["redis-exporter-memory-cache:9121"],
        "memory-uptime": ["http://memory-api:8000/health/readiness"],
        "memory-traffic": ["memory-traffic:8001"],
        "prometheus": ["prometheus:9090"],
        "alertmanager": ["alertmanager:9093"],
        "loki": ["loki:3100"],
        "tempo": ["tempo:3200"],
        "grafana": ["grafana:3000"],
        "collector-agent": ["collector-agent:8888"],
        "collector-gateway": ["collector-gateway:8888"],
        "span-metrics": ["collector-gateway:8889"],
        "node-exporter": ["node-exporter:9100"],
        "cadvisor": ["cadvisor:8080"],
        "blackbox-exporter": ["blackbox-exporter:9115"],
    }


def test_every_job_that_scrapes_a_workload_uses_a_port_it_listens_on_and_may_connect(docker_stack: Deployment) -> None:
    workloads = {workload.name: workload for workload in docker_stack.program.workloads}
    checked = set()
    for name, job in jobs(docker_stack).items():
        host, _, port = job["static_configs"][0]["targets"][0].rpartition(":")
        if host in workloads:
            assert int(port) in {own.number for own in workloads[host].ports}, name
            assert host == "prometheus" or "prometheus" in workloads[host].clients, name
            checked.add(host)
    assert {"loki", "alertmanager", "collector-gateway", "node-exporter"} <= checked


def test_targets_carry_service_kind_and_owner_and_who_probes_them(docker_stack: Deployment) -> None:
    services = {service.name: service for service in docker_stack.program.settings.services}
    for name, job in jobs(docker_stack).items():
        kind, owner = (services[name].kind, services[name].owner) if name in services else ("component", "monitoring")
        asked = {"prober": "blackbox-exporter"} if job["metrics_path"] == "/probe" else {}
        assert job["static_configs"][0]["labels"] == {"service": name, "kind": kind, "owner": owner, **asked}


def test_prometheus_logs_in_where_a_login_is_asked_for_and_nowhere_else(dev: Deployment) -> None:
    logins = {name: job["basic_auth"] for name, job in jobs(dev).items() if "basic_auth" in job}
    assert logins == {
        name: {"username": "admin", "password_file": f"/run/secrets/{name}Password"}
        for name in ("prometheus", "alertmanager")
    }
    (alertmanager,) = dev.document("prometheus", "prometheus.yml")["alerting"]["alertmanagers"]
    assert alertmanager == {
        "basic_auth": {"username": "admin", "password_file": "/run/secrets/alertmanagerPassword"},
        "static_configs": [{"targets": ["alertmanager:9093"]}],
    }
    assert set(dev.files("prometheus", "secrets")) == {"web.yml", "prometheusPassword", "alertmanagerPassword"}


def test_scrapes_are_bounded_and_only_overridden_intervals_are_written(deployed: Deploy) -> None:
    service = {"name": "api", "kind": "http", "target": "api:80", "scrape_interval": "1m"}
    stack = deployed("prod", runtime="docker", services=[service], prometheus={"scrape_interval": "30s"})
    assert stack.document("prometheus", "prometheus.yml")["global"] == {
        "scrape_interval": "30s",
        "evaluation_interval": "15s",
        "external_labels": {"environment": "prod"},
    }
    found = jobs(stack)
    assert {name for name, job in found.items() if "scrape_interval" in job} == {"api"}
    assert found["api"]["scrape_interval"] == "1m"
    assert {(job["sample_limit"], job["body_size_limit"]) for job in found.values()} == {(20_000, "16MiB")}


def test_prometheus_keeps_metrics_as_long_and_as_large_as_the_settings_say(deployed: Deploy) -> None:
    command = deployed("prod", runtime="docker").container("prometheus")["command"]
    assert "--storage.tsdb.retention.time=30d" in command
    # Nine tenths of 100Gi; the rest is for the write-ahead log.
    assert "--storage.tsdb.retention.size=92160MB" in command
    assert deployed("prod", runtime="docker").container("prometheus")["memory"] == 4096
    # The demo promises something, and its budget is over 30 days.
    assert "--storage.tsdb.retention.time=30d" in deployed("dev").container("prometheus")["command"]


def test_the_shipped_rules_reach_prometheus_as_they_are_in_the_repository(docker_stack: Deployment) -> None:
    files = docker_stack.files("prometheus")
    generated = {"rules/generated-recordings.rules.yml", "rules/generated-jobs.rules.yml"}
    shipped = {name: text for name, text in files.items() if name.startswith("rules/") and name not in generated}
    assert {"rules/services.rules.yml", "rules/http.rules.yml", "rules/monitoring.rules.yml"} <= set(shipped)
    if "HighLatency" not in str(docker_stack.program.settings.services):
        # But for their links, which tests/unit/components/test_links.py is about.
        # Grafana evaluates the alerts on logs.
        del shipped["rules/logs.rules.yml"]
        original = {name: (ROOT / name).read_text(encoding="utf-8") for name in shipped}
        paths = {name: re.sub(r"_url: http://127\.0\.0\.1:\d+/", "_url: /", text) for name, text in shipped.items()}
        assert paths == original
    assert set(files) == {"prometheus.yml", "rules/logs.rules.yml", *shipped, *generated}
    assert docker_stack.document("prometheus", "prometheus.yml")["rule_files"] == ["rules/*.rules.yml"]


def test_of_a_job_whose_targets_are_discovered_only_a_number_that_is_given_is_declared() -> None:
    found = {"kind": "fastapi", "discover": {"dns": {"host": "api", "port": 80}, "replicas": 3}}
    any_number = {"kind": "fastapi", "discover": {"dns": {"host": "web", "port": 80}}}
    plan = plan_of({"name": "api", **found}, {"name": "web", **any_number})
    config = prometheus_workload(plan, PLACE, []).config
    assert config
    (group,) = yaml.safe_load(config.files["rules/generated-jobs.rules.yml"])["groups"]
    counts = {rule["labels"]["job"]: rule["expr"] for rule in group["rules"] if "targets" in rule["record"]}
    assert counts == {"api": "vector(3)", "prometheus": "vector(1)"}


def test_nodes_are_asked_through_their_exporter_and_alarms_alone_are_kept_of_the_other_page() -> None:
    nodes = {"name": "cache", "kind": "redis", "target": "a:6379", "nodes": ["b:6379"]}
    plan = plan_of(nodes, {"name": "broker", "kind": "rabbitmq", "target": "broker:15692", "per_queue": True})
    config = prometheus_workload(plan, PLACE, []).config
    assert config
    found = {job["job_name"]: job for job in yaml.safe_load(config.files["prometheus.yml"])["scrape_configs"]}
    assert found["cache"]["static_configs"][0]["targets"] == ["redis://a:6379", "redis://b:6379"]
    assert found["cache"]["relabel_configs"][-1] == {
        "target_label": "__address__",
        "replacement": "redis-exporter-cache:9121",
    }
    keep = {"source_labels": ["__name__"], "regex": "rabbitmq_alarms_.+", "action": "keep"}
    assert found["broker/alarms"]["metric_relabel_configs"] == [keep]
    assert "metric_relabel_configs" not in found["broker"]


def test_the_recordings_of_every_service_are_a_group_of_rules(dev: Deployment) -> None:
    groups = dev.document("prometheus", "rules/generated-recordings.rules.yml")["groups"]
    assert [group["name"] for group in groups] == [service.name for service in dev.program.settings.services]
    assert groups[0]["rules"][0] == {
        "record": "service:declared:info",
        "expr": "vector(1)",
        "labels": {"service": "memory-api", "kind": "fastapi", "owner": "memory"},
    }


def test_every_job_is_declared_with_its_targets_and_its_budget(docker_stack: Deployment) -> None:
    (group,) = docker_stack.document("prometheus", "rules/generated-jobs.rules.yml")["groups"]
    recorded = {(rule["record"], rule["labels"]["job"]): rule["expr"] for rule in group["rules"]}
    assert recorded == {
        **{("job:declared:info", name): "vector(1)" for name in jobs(docker_stack)},
        **{("job:series_budget:count", name): "vector(20000)" for name in jobs(docker_stack)},
        **{("job:targets_declared:count", name): "vector(1)" for name in jobs(docker_stack)},
    }
    assert all({"service", "kind", "owner"} <= set(rule["labels"]) for rule in group["rules"])


def test_a_target_is_asked_as_its_entry_says_with_secrets_as_files(deployed: Deploy) -> None:
    service = {
        **{"name": "api", "kind": "http", "target": "[::1]:8443", "scrape_timeout": "5s", "proxy": "http://proxy:3128"},
        "tls": {"ca": "theCa", "certificate": "theCertificate", "key": "theKey", "server_name": "api.example.com"},
        "basic_auth": {"username": "prom", "password": "thePassword"},
        **{"headers": {"X-Scope-OrgID": "shop"}, "secret_headers": {"X-Api-Key": "theHeader"}},
    }
    token = {
        "name": "other",
        "kind": "http",
        "target": "other:80",
        "tls": {"insecure": True},
        "bearer_token": "theToken",
    }
    names = ("theCa", "theCertificate", "theKey", "thePassword", "theHeader", "theToken")
    stack = deployed("prod", runtime="docker", services=[service, token], secrets=dict.fromkeys(names, "x"))
    found = jobs(stack)
    asked = ("scheme", "tls_config", "basic_auth", "authorization", "http_headers", "proxy_url", "scrape_timeout")
    assert {key: found["api"][key] for key in asked if key in found["api"]} == {
        "scheme": "https",
        "tls_config": {
            "ca_file": "/run/secrets/theCa",
            "cert_file": "/run/secrets/theCertificate",
            "key_file": "/run/secrets/theKey",
            "server_name": "api.example.com",
        },
        "basic_auth": {"username": "prom", "password_file": "/run/secrets/thePassword"},
        "http_headers": {"X-Scope-OrgID": {"values": ["shop"]}, "X-Api-Key": {"files": ["/run/secrets/theHeader"]}},
        "proxy_url": "http://proxy:3128",
        "scrape_timeout": "5s",
    }
    assert {key: found["other"][key] for key in asked if key in found["other"]} == {
        "scheme": "https",
        "tls_config": {"insecure_skip_verify": True},
        "authorization": {"credentials_file": "/run/secrets/theToken"},
    }
    assert set(names) <= set(stack.files("prometheus", "secrets"))


def test_a_job_without_a_word_about_access_asks_by_http_and_presents_nothing(deployed: Deploy) -> None:
    found = jobs(deployed("prod", runtime="docker", services=[{"name": "api", "kind": "http", "target": "api:80"}]))
    assert not found["api"].keys() & {"scheme", "tls_config", "basic_auth", "authorization", "http_headers"}
