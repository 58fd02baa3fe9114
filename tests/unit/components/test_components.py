"""Every component of the shipped stacks on the SDK's mocks: asserted on what was handed to the engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from components.names import generated_secrets, reserved_names
from runtimes.capture import CapturedResource
from tests.conftest import CONTAINER, HOST_DIRECTORY, ROOT, Deploy, Deployment
from workloads.workload import Workload

RANDOM_PASSWORD = "random:index/randomPassword:RandomPassword"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
GRAFANA_PROVIDER = "pulumi:providers:grafana"
BUILT = {"source": "built"}
# Awkward on purpose: what YAML, JSON, a shell or Compose would change if the value were ever pasted into text.
OWN_SECRETS = {"memoryDbMonitorPassword": "set: by #owner 1", "memoryCachePassword": 'set by\n"owner"\\ $2'}


@pytest.fixture(params=["dev", "prod"])
def docker_stack(request: pytest.FixtureRequest, deployed: Deploy) -> Deployment:
    """Each shipped stack on the Docker runtime."""
    return deployed(request.param, runtime="docker")


@pytest.fixture
def dev(deployed: Deploy) -> Deployment:
    return deployed("dev")


@pytest.fixture
def changed(deployed: Deploy) -> Deployment:
    """The dev stack with settings other than the defaults in many places, deployed once for all who ask."""
    return deployed(
        "dev",
        secrets=OWN_SECRETS,
        environment="staging",
        retention={"logs": "2d", "warning_logs": "2w", "alert_history": "1y", "traces": "3d"},
        demo={"enabled": True, "requests_per_second": 12.5, "error_share": 0.2},
        docker={"ports": {"prometheus": 19090}, "networks": ["shop_default"]},
        grafana={"content": "files"},
    )


def programs(deployment: Deployment) -> Iterator[tuple[Workload, Mapping[str, Any]]]:
    """Every workload with the inputs of its container."""
    for workload in deployment.program.workloads:
        yield workload, deployment.container(workload.name)


def names(deployment: Deployment) -> set[str]:
    return {workload.name for workload in deployment.program.workloads}


# --- What runs -------------------------------------------------------------------------------------------------------


def test_the_dev_stack_is_every_component_the_exporters_of_its_services_and_the_demo(dev: Deployment) -> None:
    assert set(dev.containers) == {
        *("prometheus", "alertmanager", "loki", "tempo", "grafana", "collector-agent", "collector-gateway"),
        *("node-exporter", "cadvisor", "blackbox-exporter"),
        *("postgres-exporter-memory-db", "redis-exporter-memory-cache"),
        *("memory-db", "memory-cache", "memory-api", "memory-traffic"),
        "prepare",
    }


def test_a_stack_without_the_demo_runs_none_of_it(deployed: Deploy) -> None:
    without = deployed("dev", demo={"enabled": False}, secrets=OWN_SECRETS)
    assert names(deployed("dev")) - names(without) == {"memory-db", "memory-cache", "memory-api", "memory-traffic"}
    assert {"postgres-exporter-memory-db", "redis-exporter-memory-cache"} <= names(without)
    assert not [resource for resource in without.resources if resource.type == "monitoring:components:Demo"]


def test_every_workload_is_a_component_of_its_own_below_the_stack(dev: Deployment) -> None:
    (stack,) = dev.of("monitoring:components:MonitoringStack").values()
    components = {found.urn: found for found in dev.resources if not found.custom and found.parent == stack.urn}
    for workload in dev.program.workloads:
        container = dev.containers[workload.name]
        assert components[container.parent].name == workload.name
    types = {found.name: found.type.rpartition(":")[2] for found in components.values()}
    assert types["prometheus"] == "Prometheus"
    assert types["memory-api"] == "Demo"
    assert types["redis-exporter-memory-cache"] == "Exporter"


def test_nothing_is_registered_outside_the_stack(docker_stack: Deployment) -> None:
    (stack,) = docker_stack.of("monitoring:components:MonitoringStack").values()
    outside = {
        found.type for found in docker_stack.resources if found is not stack and found.parent not in docker_stack.by_urn
    }
    assert outside <= {"pulumi:providers:docker", "pulumi:providers:kubernetes"}


# --- Security defaults -----------------------------------------------------------------------------------------------


def test_every_container_has_a_read_only_root_and_no_privileges(docker_stack: Deployment) -> None:
    for name, container in docker_stack.containers.items():
        inputs = container.inputs
        assert inputs["readOnly"] is True, name
        assert inputs["capabilities"]["drops"] == ["ALL"], name
        assert "no-new-privileges:true" in inputs["securityOpts"], name
        assert "privileged" not in inputs, name
        assert "devices" not in inputs, name
        assert "ipcMode" not in inputs, name


def test_no_program_has_a_capability(docker_stack: Deployment) -> None:
    added = {workload.name: inputs["capabilities"]["adds"] for workload, inputs in programs(docker_stack)}
    assert {name: names for name, names in added.items() if names} == {}


def test_programs_run_as_root_only_for_a_reason_that_is_written_down(docker_stack: Deployment) -> None:
    as_root = set()
    for workload, inputs in programs(docker_stack):
        assert inputs["user"] == f"{workload.user}:{workload.user}"
        if inputs["user"].startswith("0:"):
            assert workload.root
            assert len(workload.root.reason) > 10, workload.name
            as_root.add(workload.name)
    assert as_root == {"cadvisor", "collector-agent"}


def test_programs_see_the_host_only_read_only_and_for_a_reason(docker_stack: Deployment) -> None:
    seen = {}
    for workload, inputs in programs(docker_stack):
        own = (f"./config/{workload.name}", f"./secrets/{workload.name}")
        binds = [mount for mount in inputs["volumes"] if "hostPath" in mount]
        assert all(mount["readOnly"] for mount in binds), workload.name
        foreign = {mount["hostPath"] for mount in binds} - set(own)
        assert foreign == {mount.source for mount in workload.host_mounts}
        assert all(len(mount.reason) > 10 for mount in workload.host_mounts), workload.name
        if foreign:
            seen[workload.name] = foreign
        if "pidMode" in inputs:
            assert workload.host_processes
            assert len(workload.host_processes.reason) > 10
    assert seen == {
        "cadvisor": {"/", "/sys", "/var/run", "/var/lib/docker"},
        "collector-agent": {"/var/lib/docker/containers"},
        "node-exporter": {"/"},
    }
    assert {name for name, found in docker_stack.containers.items() if "pidMode" in found.inputs} == {"node-exporter"}


def test_every_program_is_limited_in_memory_processor_and_processes(docker_stack: Deployment) -> None:
    for workload, inputs in programs(docker_stack):
        assert 0 < inputs["memory"] <= 4096, workload.name
        assert inputs["memorySwap"] == inputs["memory"], workload.name
        assert 0 < float(inputs["cpus"]) <= 2, workload.name
        assert inputs["ulimits"] == [{"name": "nproc", "soft": 1024, "hard": 1024}], workload.name


def test_ports_are_published_on_loopback_only_and_only_those_that_people_and_applications_use(dev: Deployment) -> None:
    published = {}
    for name, container in dev.containers.items():
        for port in container.inputs.get("ports", []):
            assert port["ip"] == "127.0.0.1", name
            assert port["protocol"] == "tcp", name
            published[port["external"]] = (name, port["internal"])
    assert published == {
        3000: ("grafana", 3000),
        4317: ("collector-gateway", 4317),
        4318: ("collector-gateway", 4318),
        8000: ("memory-api", 8000),
        9090: ("prometheus", 9090),
        9093: ("alertmanager", 9093),
    }


def test_other_published_ports_change_the_host_side_only(changed: Deployment) -> None:
    (port,) = changed.container("prometheus")["ports"]
    assert (port["internal"], port["external"], port["ip"]) == (9090, 19090, "127.0.0.1")
    assert "--web.external-url=http://127.0.0.1:19090" in changed.container("prometheus")["command"]


def test_every_program_answers_a_health_check_and_logs_under_its_containers_name(docker_stack: Deployment) -> None:
    for workload, inputs in programs(docker_stack):
        check = inputs["healthcheck"]
        assert check["tests"][0] == "CMD", workload.name
        assert len(check["tests"]) > 1, workload.name
        assert check["retries"] >= 1, workload.name
        assert inputs["logDriver"] == "json-file", workload.name
        assert inputs["logOpts"] == {"max-file": "3", "max-size": "10m", "tag": "{{.Name}}"}, workload.name


def test_every_program_is_given_time_to_stop_in_good_order(docker_stack: Deployment) -> None:
    for workload, inputs in programs(docker_stack):
        assert inputs["destroyGraceSeconds"] == inputs["stopTimeout"] >= 30, workload.name
    assert docker_stack.container("prometheus")["stopTimeout"] == 120


def test_the_database_of_the_demo_is_given_a_minute_to_write_its_checkpoint(dev: Deployment) -> None:
    assert dev.container("memory-db")["destroyGraceSeconds"] == 60


def test_only_programs_that_meet_targets_join_the_networks_of_the_targets(changed: Deployment) -> None:
    joined = {
        name: [network["name"] for network in container.inputs.get("networksAdvanced", [])]
        for name, container in changed.containers.items()
    }
    assert {name for name, networks in joined.items() if "shop_default" in networks} == {
        "prometheus",
        "blackbox-exporter",
        "collector-gateway",
        "postgres-exporter-memory-db",
        "redis-exporter-memory-cache",
    }
    assert {name for name, networks in joined.items() if "monitoring-dev" not in networks} == {"prepare"}


# --- Order -----------------------------------------------------------------------------------------------------------


def test_programs_start_after_what_they_need_is_ready(dev: Deployment) -> None:
    assert {name: dev.first_of(name) - {"prepare"} for name in names(dev)} == {
        "loki": set(),
        "tempo": set(),
        "collector-gateway": {"loki", "tempo"},
        "collector-agent": {"collector-gateway"},
        "alertmanager": {"collector-gateway"},
        "prometheus": {"alertmanager"},
        "grafana": {"prometheus", "loki", "tempo"},
        "node-exporter": set(),
        "cadvisor": set(),
        "blackbox-exporter": set(),
        "postgres-exporter-memory-db": set(),
        "redis-exporter-memory-cache": set(),
        "memory-db": set(),
        "memory-cache": set(),
        "memory-api": {"memory-db", "memory-cache", "collector-gateway"},
        "memory-traffic": {"memory-api"},
    }


def test_programs_start_after_their_volumes_and_files_are_there(docker_stack: Deployment) -> None:
    directories = docker_stack.of(HOST_DIRECTORY)
    prefix = f"monitoring-{docker_stack.program.plan.stack}"
    for workload, _ in programs(docker_stack):
        first = set(docker_stack.containers[workload.name].depends_on)
        assert docker_stack.containers["prepare"].urn in first, workload.name
        wanted = [*(["config"] if workload.config else []), *(["secrets"] if workload.secrets else [])]
        for kind in wanted:
            assert directories[f"{prefix}-{workload.name}-{kind}"].urn in first, (workload.name, kind)


def test_configuration_is_written_after_the_secrets_it_refers_to(docker_stack: Deployment) -> None:
    directories = docker_stack.of(HOST_DIRECTORY)
    prefix = f"monitoring-{docker_stack.program.plan.stack}"
    both = [workload.name for workload in docker_stack.program.workloads if workload.config and workload.secrets]
    assert "prometheus" in both
    for name in both:
        config, secrets = directories[f"{prefix}-{name}-config"], directories[f"{prefix}-{name}-secrets"]
        assert secrets.urn in config.depends_on, name


# --- Secrets ---------------------------------------------------------------------------------------------------------


def holding(value: object, texts: set[str]) -> bool:
    if isinstance(value, Mapping):
        return any(holding(inner, texts) for pair in value.items() for inner in pair)
    if isinstance(value, list):
        return any(holding(inner, texts) for inner in value)
    return isinstance(value, str) and any(text in value for text in texts)


def secret_texts(secrets: Mapping[str, str]) -> set[str]:
    """What secret values look like: those that were set, as they are and inside JSON, and the stand-ins."""
    return {"<secret ", "<bcrypt of ", *secrets.values(), *(json.dumps(text)[1:-1] for text in secrets.values())}


@pytest.fixture(params=["dev on docker", "prod on docker", "prod on kubernetes"])
def with_secrets(request: pytest.FixtureRequest, deployed: Deploy) -> Deployment:
    """The shipped stacks, with every secret that an owner can set."""
    stack, _, runtime = request.param.partition(" on ")
    if stack == "dev":
        changed: Deployment = request.getfixturevalue("changed")
        return changed
    services = [
        {"name": "db", "kind": "postgres", "target": "db:5432", "password": "memoryDbMonitorPassword"},
        {"name": "cache", "kind": "redis", "target": "cache:6379", "password": "memoryCachePassword"},
    ]
    return deployed(stack, secrets=OWN_SECRETS, runtime=runtime, services=services)


# What may hold a secret, and only as an input that the engine encrypts.
SECRET_HOLDERS = {
    (HOST_DIRECTORY, "files"),
    ("kubernetes:core/v1:Secret", "stringData"),
    ("grafana:oss/dataSource:DataSource", "secureJsonDataEncoded"),
    (GRAFANA_PROVIDER, "auth"),
}


def test_secrets_are_only_where_they_belong_and_always_encrypted(with_secrets: Deployment) -> None:
    texts = secret_texts(OWN_SECRETS)
    holders = set()
    for resource in with_secrets.resources:
        for name, value in resource.inputs.items():
            if holding(value, texts):
                assert name in resource.secrets, f"{resource.name}.{name} holds a secret in clear"
                holders.add((resource.type, name))
    assert holders <= SECRET_HOLDERS
    assert holders & {(HOST_DIRECTORY, "files"), ("kubernetes:core/v1:Secret", "stringData")}


def test_every_secret_that_was_set_reaches_a_file(with_secrets: Deployment) -> None:
    held = [
        value
        for resource in with_secrets.resources
        for name, value in resource.inputs.items()
        if (resource.type, name) in SECRET_HOLDERS
    ]
    for secret in OWN_SECRETS.values():
        assert holding(held, {secret, json.dumps(secret)[1:-1]}), secret


def test_containers_hold_no_secret_in_environment_arguments_labels_or_health_check(dev: Deployment) -> None:
    for name, container in dev.containers.items():
        assert not holding(container.inputs, secret_texts({})), name
        assert not container.secrets, f"{name}: one secret input makes the whole diff unreadable"


def test_environment_that_names_a_password_names_a_file_below_run_secrets(docker_stack: Deployment) -> None:
    found = 0
    for workload, inputs in programs(docker_stack):
        for entry in inputs["envs"]:
            key, _, value = entry.partition("=")
            if "PASS" in key or "SECRET" in key or "TOKEN" in key:
                assert "FILE" in key, workload.name
                assert value.startswith("/run/secrets/"), workload.name
                assert value.removeprefix("/run/secrets/") in workload.secrets, workload.name
                found += 1
    assert found


def test_a_health_check_that_needs_a_login_reads_the_password_from_its_file(docker_stack: Deployment) -> None:
    for component in ("prometheus", "alertmanager"):
        test = " ".join(docker_stack.container(component)["healthcheck"]["tests"])
        assert f"cat /run/secrets/{component}Password" in test
        assert f"{component}Password" in docker_stack.files(component, "secrets")


def test_passwords_that_nobody_set_are_generated_long_and_without_characters_that_need_quoting(
    dev: Deployment,
) -> None:
    generated = dev.of(RANDOM_PASSWORD)
    assert {name.removeprefix("monitoring-secrets-") for name in generated} == {
        *generated_secrets(),
        *("memoryDbPassword", "memoryDbMonitorPassword", "memoryCachePassword"),
    }
    for name, password in generated.items():
        assert password.inputs["length"] == 32, name
        assert password.inputs["special"] is False, name


def test_a_secret_that_was_set_is_taken_and_not_generated(changed: Deployment) -> None:
    assert {name.removeprefix("monitoring-secrets-") for name in changed.of(RANDOM_PASSWORD)} == {
        *generated_secrets(),
        "memoryDbPassword",
    }
    assert changed.files("postgres-exporter-memory-db", "secrets") == {
        "password": OWN_SECRETS["memoryDbMonitorPassword"]
    }
    assert changed.files("memory-db", "secrets") == {
        "password": "<secret memoryDbPassword>",
        "monitor-password": OWN_SECRETS["memoryDbMonitorPassword"],
    }


def test_a_password_in_json_is_quoted_as_json(changed: Deployment) -> None:
    text = changed.files("redis-exporter-memory-cache", "secrets")["passwords.json"]
    assert json.loads(text) == {"redis://memory-cache:6379": OWN_SECRETS["memoryCachePassword"]}


def test_the_web_logins_are_files_with_a_user_and_the_hash_of_the_password(dev: Deployment) -> None:
    for component in ("prometheus", "alertmanager"):
        assert "--web.config.file=/run/secrets/web.yml" in dev.container(component)["command"]
        assert yaml.safe_load(dev.files(component, "secrets")["web.yml"]) == {
            "basic_auth_users": {"admin": f"<bcrypt of secret {component}Password>"}
        }


# --- Prometheus ------------------------------------------------------------------------------------------------------


def jobs(deployment: Deployment) -> dict[str, Any]:
    found = deployment.document("prometheus", "prometheus.yml")["scrape_configs"]
    assert len({job["job_name"] for job in found}) == len(found)
    return {job["job_name"]: job for job in found}


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


def test_every_name_of_a_component_is_reserved(dev: Deployment) -> None:
    services = {service.name for service in dev.program.settings.services}
    assert set(jobs(dev)) - services <= reserved_names()


def test_targets_carry_service_kind_and_owner(docker_stack: Deployment) -> None:
    services = {service.name: service for service in docker_stack.program.settings.services}
    for name, job in jobs(docker_stack).items():
        kind, owner = (services[name].kind, services[name].owner) if name in services else ("component", "monitoring")
        assert job["static_configs"][0]["labels"] == {"service": name, "kind": kind, "owner": owner}


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


def test_probes_go_through_the_blackbox_exporter_and_keep_their_target_as_instance(dev: Deployment) -> None:
    job = jobs(dev)["memory-uptime"]
    assert (job["metrics_path"], job["params"]) == ("/probe", {"module": ["http"]})
    assert job["relabel_configs"] == [
        {"source_labels": ["__address__"], "target_label": "__param_target"},
        {"source_labels": ["__param_target"], "target_label": "instance"},
        {"target_label": "__address__", "replacement": "blackbox-exporter:9115"},
    ]
    modules = dev.document("blackbox-exporter", "blackbox.yml")["modules"]
    assert {name: module["prober"] for name, module in modules.items()} == {"http": "http", "tcp": "tcp", "tls": "tcp"}
    assert modules["tls"]["tcp"]["tls"] is True


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
    assert "--storage.tsdb.retention.time=15d" in deployed("dev").container("prometheus")["command"]


def test_prometheus_takes_what_tempo_writes_and_stores_exemplars(dev: Deployment) -> None:
    command = dev.container("prometheus")["command"]
    assert {"--web.enable-remote-write-receiver", "--enable-feature=exemplar-storage"} <= set(command)
    (write,) = dev.document("tempo", "tempo.yaml")["metrics_generator"]["storage"]["remote_write"]
    assert write["url"] == "http://prometheus:9090/api/v1/write"
    assert write["basic_auth"]["password_file"] == "/run/secrets/prometheusPassword"
    assert set(dev.files("tempo", "secrets")) == {"prometheusPassword"}


def test_the_shipped_rules_reach_prometheus_as_they_are_in_the_repository(docker_stack: Deployment) -> None:
    files = docker_stack.files("prometheus")
    generated = {"rules/generated-recordings.rules.yml", "rules/generated-jobs.rules.yml"}
    shipped = {name: text for name, text in files.items() if name.startswith("rules/") and name not in generated}
    assert {"rules/services.rules.yml", "rules/http.rules.yml", "rules/monitoring.rules.yml"} <= set(shipped)
    if "HighLatency" not in str(docker_stack.program.settings.services):
        assert shipped == {name: (ROOT / name).read_text(encoding="utf-8") for name in shipped}
    assert set(files) == {"prometheus.yml", *shipped, *generated}
    assert docker_stack.document("prometheus", "prometheus.yml")["rule_files"] == ["rules/*.rules.yml"]


def test_the_recordings_of_every_service_are_a_group_of_rules(dev: Deployment) -> None:
    groups = dev.document("prometheus", "rules/generated-recordings.rules.yml")["groups"]
    assert [group["name"] for group in groups] == [service.name for service in dev.program.settings.services]
    assert groups[0]["rules"][0] == {
        "record": "service:declared:info",
        "expr": "vector(1)",
        "labels": {"service": "memory-api", "kind": "fastapi", "owner": "memory"},
    }


def test_every_job_is_declared_with_its_budget(docker_stack: Deployment) -> None:
    (group,) = docker_stack.document("prometheus", "rules/generated-jobs.rules.yml")["groups"]
    recorded = {(rule["record"], rule["labels"]["job"]): rule["expr"] for rule in group["rules"]}
    assert recorded == {
        **{("job:declared:info", name): "vector(1)" for name in jobs(docker_stack)},
        **{("job:series_budget:count", name): "vector(20000)" for name in jobs(docker_stack)},
    }
    assert all({"service", "kind", "owner"} <= set(rule["labels"]) for rule in group["rules"])


# --- Alertmanager ----------------------------------------------------------------------------------------------------


def test_every_alert_is_kept_and_the_heartbeat_is_sent_every_minute(docker_stack: Deployment) -> None:
    config = docker_stack.document("alertmanager", "alertmanager.yml")
    route = config["route"]
    assert (route["receiver"], route["group_by"]) == ("history", ["alertname", "environment", "service"])
    assert (route["group_wait"], route["group_interval"], route["repeat_interval"]) == ("30s", "5m", "12h")
    heartbeat, critical = route["routes"]
    assert (heartbeat["receiver"], heartbeat["matchers"]) == ("heartbeat", ['alertname="Heartbeat"'])
    # Repeated at every round: an interval as long as the round would come just too early every second time.
    timing = (heartbeat["group_wait"], heartbeat["group_interval"], heartbeat["repeat_interval"])
    assert timing == ("0s", "1m", "50s")
    assert (critical["matchers"], critical["repeat_interval"]) == (['severity="critical"'], "4h")
    receivers = {receiver["name"]: receiver for receiver in config["receivers"]}
    assert set(receivers) == {"history", "heartbeat"}
    for receiver in receivers.values():
        assert receiver["webhook_configs"] == [{"url": "http://collector-gateway:8088/alerts", "send_resolved": True}]


def test_the_heartbeat_that_is_routed_is_an_alert_that_exists(dev: Deployment) -> None:
    alerts = {
        rule.get("alert")
        for name in dev.files("prometheus")
        if name.startswith("rules/")
        for group in dev.document("prometheus", name)["groups"]
        for rule in group["rules"]
    }
    assert "Heartbeat" in alerts


def test_a_stronger_alert_silences_the_weaker_of_the_same_name_and_service(dev: Deployment) -> None:
    rules = dev.document("alertmanager", "alertmanager.yml")["inhibit_rules"]
    assert [(rule["source_matchers"], rule["target_matchers"]) for rule in rules] == [
        (['severity="critical"'], ['severity=~"high|warning|info"']),
        (['severity="high"'], ['severity=~"warning|info"']),
        (['severity="warning"'], ['severity=~"info"']),
    ]
    assert {tuple(rule["equal"]) for rule in rules} == {("alertname", "environment", "service")}


# --- Loki, Tempo and the collectors ----------------------------------------------------------------------------------


def test_loki_keeps_each_class_of_logs_as_long_as_the_requirements_say(dev: Deployment) -> None:
    config = dev.document("loki", "loki.yaml")
    limits = config["limits_config"]
    assert limits["retention_period"] == f"{7 * 24}h"
    assert {rule["selector"]: rule["period"] for rule in limits["retention_stream"]} == {
        '{retention_class="warning"}': f"{30 * 24}h",
        '{retention_class="alerts"}': f"{90 * 24}h",
    }
    assert config["compactor"]["retention_enabled"] is True


def test_loki_keeps_logs_as_long_as_the_settings_say(changed: Deployment) -> None:
    limits = changed.document("loki", "loki.yaml")["limits_config"]
    assert limits["retention_period"] == "48h"
    assert [rule["period"] for rule in limits["retention_stream"]] == ["336h", "8760h"]
    assert changed.document("tempo", "tempo.yaml")["overrides"]["defaults"]["compaction"]["block_retention"] == "72h"


def test_the_classes_that_loki_keeps_are_those_that_the_gateway_sets(dev: Deployment) -> None:
    limits = dev.document("loki", "loki.yaml")["limits_config"]
    (rule,) = limits["otlp_config"]["resource_attributes"]["attributes_config"]
    assert rule["action"] == "index_label"
    attribute = "retention.class"
    assert set(rule["attributes"]) == {"service.name", attribute}
    processors = dev.document("collector-gateway", "gateway.yaml")["processors"]
    classes = {
        action["value"]
        for processor in processors.values()
        for action in processor.get("attributes", [])
        if action["key"] == attribute
    }
    kept = {rule["selector"].split('"')[1] for rule in limits["retention_stream"]}
    assert classes - {"default"} == kept


# Everything goes through the limiter first and is batched last.
def pipeline(receiver: str, processors: list[str], exporters: list[str]) -> dict[str, list[str]]:
    return {"receivers": [receiver], "processors": ["memory_limiter", *processors, "batch"], "exporters": exporters}


SHARED_PIPELINES = {
    "metrics/otlp": pipeline("otlp", ["resource/environment"], ["otlp_http/prometheus"]),
    "metrics/spans": pipeline("span_metrics", [], ["prometheus/span_metrics"]),
    "logs/default": pipeline(
        "otlp", ["filter/below_warning", "resource/environment", "resource/default"], ["otlp_http/loki"]
    ),
    "logs/warning": pipeline(
        "otlp", ["filter/warning_and_above", "resource/environment", "resource/warning"], ["otlp_http/loki"]
    ),
    "logs/alerts": pipeline(
        "webhookevent/alerts", ["resource/environment", "resource/alerts"], ["otlp_http/alert_history"]
    ),
}


def test_the_gateway_turns_spans_into_metrics_and_stores_them_in_tempo(dev: Deployment) -> None:
    config = dev.document("collector-gateway", "gateway.yaml")
    assert config["service"]["pipelines"] == {
        "traces": pipeline("otlp", ["resource/environment"], ["span_metrics", "otlp_grpc/tempo"]),
        **SHARED_PIPELINES,
    }
    assert config["exporters"]["otlp_grpc/tempo"]["endpoint"] == "tempo:4317"


def test_the_gateway_without_tempo_still_turns_spans_into_metrics(deployed: Deploy) -> None:
    config = deployed("dev", images=BUILT).document("collector-gateway", "gateway.yaml")
    assert config["service"]["pipelines"] == {
        "traces": pipeline("otlp", ["resource/environment"], ["span_metrics"]),
        **SHARED_PIPELINES,
    }
    assert set(config["exporters"]) == {
        "otlp_http/loki",
        "otlp_http/alert_history",
        "otlp_http/prometheus",
        "prometheus/span_metrics",
    }


def test_logs_are_split_at_warning_so_that_no_line_is_kept_twice_or_lost(dev: Deployment) -> None:
    processors = dev.document("collector-gateway", "gateway.yaml")["processors"]
    dropped = {
        name: processors[name]["logs"]["log_record"] for name in ("filter/warning_and_above", "filter/below_warning")
    }
    assert dropped == {
        "filter/warning_and_above": ["severity_number < 13"],
        "filter/below_warning": ["severity_number >= 13"],
    }


def test_spans_are_counted_as_often_as_prometheus_scrapes_the_counts(deployed: Deploy) -> None:
    stack = deployed("prod", runtime="docker")
    connector = stack.document("collector-gateway", "gateway.yaml")["connectors"]["span_metrics"]
    scraped = stack.document("prometheus", "prometheus.yml")["global"]["scrape_interval"]
    assert connector["metrics_flush_interval"] == scraped == "15s"


def test_what_the_collectors_cannot_send_waits_on_disk(dev: Deployment) -> None:
    for component in ("gateway", "agent"):
        config = dev.document(f"collector-{component}", f"{component}.yaml")
        sending = {
            name: exporter for name, exporter in config["exporters"].items() if not name.startswith("prometheus/")
        }
        assert sending
        for name, exporter in sending.items():
            assert exporter["sending_queue"]["storage"] == "file_storage", name
            assert exporter["retry_on_failure"] == {"enabled": True, "max_elapsed_time": "0s"}, name
        directory = config["extensions"]["file_storage"]["directory"]
        mounted = {volume["containerPath"] for volume in dev.container(f"collector-{component}")["volumes"]}
        assert directory in mounted
        assert set(config["service"]["extensions"]) == set(config["extensions"])


def test_the_environment_of_the_stack_is_on_every_log_line_and_span(changed: Deployment) -> None:
    processors = changed.document("collector-gateway", "gateway.yaml")["processors"]
    assert processors["resource/environment"]["attributes"] == [
        {"key": "deployment.environment.name", "value": "staging", "action": "upsert"}
    ]
    labels = changed.document("prometheus", "prometheus.yml")["global"]["external_labels"]
    assert labels == {"environment": "staging"}


def test_the_agent_reads_the_logs_of_every_container_and_names_them_like_the_services(dev: Deployment) -> None:
    config = dev.document("collector-agent", "agent.yaml")
    (receiver,) = config["receivers"].values()
    assert receiver["include"] == ["/var/lib/docker/containers/*/*-json.log"]
    assert receiver["storage"] == "file_storage"
    (statements,) = config["processors"]["transform/names"]["log_statements"]
    assert 'replace_pattern(attributes["service.name"], "^monitoring-dev-", "")' in statements["statements"]
    assert config["service"]["pipelines"]["logs"]["exporters"] == ["otlp_grpc/gateway"]
    assert config["exporters"]["otlp_grpc/gateway"]["endpoint"] == "collector-gateway:4317"


def test_every_pipeline_uses_what_is_defined_and_everything_defined_is_used(dev: Deployment) -> None:
    for component in ("gateway", "agent"):
        config = dev.document(f"collector-{component}", f"{component}.yaml")
        used: dict[str, set[str]] = {"receivers": set(), "processors": set(), "exporters": set()}
        for found in config["service"]["pipelines"].values():
            for kind, those in used.items():
                those |= set(found[kind])
        connectors = set(config.get("connectors", {}))
        assert used["receivers"] - connectors == set(config["receivers"])
        assert used["processors"] == set(config["processors"])
        assert used["exporters"] - connectors == set(config["exporters"])
        assert connectors <= used["receivers"] & used["exporters"]


# --- Grafana ---------------------------------------------------------------------------------------------------------


def content(deployment: Deployment) -> list[CapturedResource]:
    return [found for found in deployment.resources if found.type.startswith("grafana:")]


def test_grafana_gets_its_content_through_the_provider_after_it_answers(dev: Deployment) -> None:
    (provider,) = dev.of(GRAFANA_PROVIDER).values()
    assert provider.inputs["url"] == "http://127.0.0.1:3000"
    assert json.loads(provider.inputs["retries"]) == 10
    assert json.loads(provider.inputs["retryWait"]) == 3
    grafana = dev.containers["grafana"].urn
    assert grafana in provider.depends_on
    found = content(dev)
    assert {resource.type.rpartition(":")[2] for resource in found} >= {"DataSource", "Folder", "Dashboard"}
    for resource in found:
        assert resource.provider.startswith(f"{provider.urn}::"), resource.name
        assert grafana in resource.depends_on, resource.name
    assert dev.files("grafana") == {}


def test_data_sources_have_pinned_uids_and_log_in_with_a_secret(dev: Deployment) -> None:
    sources = {found.inputs["uid"]: found for found in dev.of("grafana:oss/dataSource:DataSource").values()}
    assert {uid: found.inputs["url"] for uid, found in sources.items()} == {
        "prometheus": "http://prometheus:9090",
        "loki": "http://loki:3100",
        "tempo": "http://tempo:3200",
        "alertmanager": "http://alertmanager:9093",
    }
    assert [uid for uid, found in sources.items() if found.inputs["isDefault"]] == ["prometheus"]
    for uid in ("prometheus", "alertmanager"):
        inputs = sources[uid].inputs
        assert (inputs["basicAuthEnabled"], inputs["basicAuthUsername"]) == (True, "admin")
        assert json.loads(inputs["secureJsonDataEncoded"]) == {"basicAuthPassword": f"<secret {uid}Password>"}


def test_dashboards_are_in_one_folder_with_uids_and_panel_ids_of_their_own(dev: Deployment) -> None:
    (folder,) = dev.of("grafana:oss/folder:Folder").values()
    dashboards = dev.of("grafana:oss/dashboard:Dashboard")
    assert dashboards
    for name, dashboard in dashboards.items():
        document = json.loads(dashboard.inputs["configJson"])
        assert dashboard.inputs["folder"] == folder.inputs["uid"] == "monitoring"
        assert name == f"grafana-content-{document['uid']}"
        ids = [panel["id"] for panel in document["panels"]]
        assert len(set(ids)) == len(ids), name


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


# --- The demo --------------------------------------------------------------------------------------------------------


def test_the_demos_traffic_is_as_much_and_as_faulty_as_the_settings_say(changed: Deployment) -> None:
    envs = changed.container("memory-traffic")["envs"]
    assert {"REQUESTS_PER_SECOND=12.5", "ERROR_SHARE=0.2", "TARGET_URL=http://memory-api:8000"} <= set(envs)


def test_the_demos_database_gets_the_role_of_the_exporter_and_its_cache_asks_for_a_password(dev: Deployment) -> None:
    scripts = dev.files("memory-db")
    example = ROOT / "examples" / "memory_service" / "database"
    assert scripts == {path.name: path.read_text(encoding="utf-8") for path in example.glob("*.sh")}
    assert scripts
    config = dev.files("memory-cache", "secrets")["redis.conf"]
    assert 'requirepass "<secret memoryCachePassword>"\n' in config
    assert dev.container("memory-cache")["command"] == ["/run/secrets/redis.conf"]


def test_the_demos_database_keeps_its_data_below_the_root_of_its_volume(dev: Deployment) -> None:
    environment = dict(entry.split("=", 1) for entry in dev.container("memory-db")["envs"])
    (root,) = [volume["containerPath"] for volume in dev.container("memory-db")["volumes"] if "data" in str(volume)]
    # PostgreSQL refuses a directory with anything in it, and the root of a disk has lost+found.
    assert environment["PGDATA"].startswith(f"{root}/")


# --- Images ----------------------------------------------------------------------------------------------------------


def test_built_images_leave_out_grafana_and_tempo_and_the_rest_does_without(deployed: Deploy) -> None:
    registry, built = deployed("dev"), deployed("dev", images=BUILT)
    assert names(registry) - names(built) == {"grafana", "tempo"}
    assert set(built.program.missing) == {"grafana", "tempo"}
    assert all(len(why) > 20 for why in built.program.missing.values())
    assert registry.program.missing == {}
    assert {"grafana", "tempo"}.isdisjoint(jobs(built))
    assert set(jobs(registry)) - set(jobs(built)) == {"grafana", "tempo"}
    assert built.first_of("collector-gateway") == {"prepare", "loki"}
    assert content(built) == []
    assert "monitoring-secrets-grafanaAdminPassword" not in built.of(RANDOM_PASSWORD)
    images = {container.inputs["image"] for container in built.containers.values()}
    assert images
    assert all(image.startswith("monitoring/") for image in images), images


def test_an_image_of_ones_own_brings_back_what_could_not_be_built(deployed: Deploy) -> None:
    mirrored = {"source": "built", "overrides": {"grafana": "mirror.example.com/grafana:13"}}
    stack = deployed("dev", images=mirrored)
    assert set(stack.program.missing) == {"tempo"}
    assert stack.container("grafana")["image"] == "mirror.example.com/grafana:13"
    assert stack.first_of("grafana") == {"prepare", "prometheus", "loki"}
    sources = stack.of("grafana:oss/dataSource:DataSource").values()
    assert {found.inputs["uid"] for found in sources} == {"prometheus", "loki", "alertmanager"}


# --- Both runtimes ---------------------------------------------------------------------------------------------------


def test_kubernetes_runs_the_same_programs_with_the_same_files(deployed: Deploy) -> None:
    docker, kubernetes = deployed("prod", runtime="docker"), deployed("prod")
    assert names(docker) == names(kubernetes)
    compared = 0
    for name in names(docker):
        files = docker.files(name)
        maps = kubernetes.of(CONFIG_MAP)
        if files:
            data = maps[f"{name}-config"].inputs["data"]
            assert {key.replace("__", "/"): text for key, text in data.items()} == files, name
            compared += 1
    assert compared == len(kubernetes.of(CONFIG_MAP)) >= 6
    assert not kubernetes.of(CONTAINER)
