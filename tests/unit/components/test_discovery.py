"""Discovery: what Prometheus is told, what it may see, and the mistakes that are named before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.discovery import discovery_config
from settings.discovery import Discovery
from tests.conftest import Deploy
from tests.plans import document_of, mistakes_in, plan_of, workload_of
from workloads.place import Place

API: dict[str, object] = {"name": "api", "kind": "fastapi", "owner": "shop"}
DOCKER: dict[str, object] = {**API, "discover": {"docker": {"labels": {"app": "api"}, "port": 8000}}}
PODS: dict[str, object] = {**API, "discover": {"kubernetes": {"namespaces": ["shop"], "labels": {"app": "api"}}}}
OWN = [
    {"target_label": "service", "replacement": "api"},
    {"target_label": "kind", "replacement": "fastapi"},
    {"target_label": "owner", "replacement": "shop"},
]


def found(discover: dict[str, Any], *networks: str) -> dict[str, Any]:
    """What Prometheus' job says about its targets."""
    labels = {"service": "api", "kind": "fastapi", "owner": "shop"}
    return discovery_config("api", Discovery.model_validate_json(json.dumps(discover)), labels, Place({}, networks))


def test_containers_are_found_by_their_labels_and_named_by_their_name() -> None:
    config = found({"docker": {"labels": {"app": "api"}, "port": 8000}}, "shop_default")
    assert config["docker_sd_configs"] == [
        {
            "host": "unix:///var/run/docker.sock",
            "refresh_interval": "15s",
            "match_first_network": False,
            "filters": [{"name": "label", "values": ["app=api"]}],
        }
    ]
    network, port, name, *own = config["relabel_configs"]
    assert network == {"source_labels": ["__meta_docker_network_name"], "regex": "shop_default", "action": "keep"}
    assert (port["target_label"], port["replacement"]) == ("__address__", "$1:8000")
    assert name["target_label"] == "instance"
    assert own == OWN


@pytest.mark.parametrize(
    ("port", "networks", "instance"),
    [
        (8000, ("shop",), "$1"),
        (None, ("shop",), "$1:$2"),
        (8000, ("shop", "edge"), "$1/$3"),
        (None, ("shop", "edge"), "$1:$2/$3"),
    ],
)
def test_two_targets_of_one_container_are_told_apart(
    port: int | None, networks: tuple[str, ...], instance: str
) -> None:
    config = found({"docker": {"labels": {"app": "api"}, "port": port}}, *networks)
    (name,) = [rule for rule in config["relabel_configs"] if rule.get("target_label") == "instance"]
    assert name["replacement"] == instance


def test_pods_must_be_annotated_and_their_annotations_win() -> None:
    config = found({"kubernetes": {"namespaces": ["shop"], "labels": {"app": "api", "tier": "web"}}})
    (sd,) = config["kubernetes_sd_configs"]
    assert sd["namespaces"] == {"names": ["shop"]}
    assert sd["selectors"] == [{"role": "pod", "label": "app=api,tier=web"}]
    keep = config["relabel_configs"][0]
    assert (keep["action"], keep["regex"]) == ("keep", "true")
    assert config["relabel_configs"][-3:] == OWN


@pytest.mark.parametrize(
    ("discover", "key", "value"),
    [
        (
            {"consul": {"server": "consul:8500", "service": "api", "tags": ["prod"], "token": "consulToken"}},
            "consul_sd_configs",
            {
                "server": "consul:8500",
                "services": ["api"],
                "tags": ["prod"],
                "authorization": {"credentials_file": "/run/secrets/consulToken"},
            },
        ),
        (
            {"dns": {"host": "_http._tcp.api.internal", "record": "SRV"}},
            "dns_sd_configs",
            {"names": ["_http._tcp.api.internal"], "type": "SRV", "refresh_interval": "30s"},
        ),
        (
            {"dns": {"host": "api.internal", "port": 8000}},
            "dns_sd_configs",
            {"names": ["api.internal"], "type": "A", "refresh_interval": "30s", "port": 8000},
        ),
        (
            {"files": {"directory": "/srv/targets"}},
            "file_sd_configs",
            {"files": ["/etc/prometheus-targets/api/*.json"], "refresh_interval": "1m"},
        ),
    ],
)
def test_other_ways_are_prometheus_own(discover: dict[str, Any], key: str, value: dict[str, Any]) -> None:
    config = found(discover)
    assert config[key] == [value]
    assert config["relabel_configs"] == OWN


def test_prometheus_sees_the_docker_socket_and_target_lists_only_when_a_service_needs_them(deployed: Deploy) -> None:
    files: dict[str, object] = {"name": "web", "kind": "node", "discover": {"files": {"directory": "/srv/targets"}}}
    plain = deployed("dev").container("prometheus")
    assert "groupAdds" not in plain
    assert not [volume for volume in plain["volumes"] if volume.get("hostPath", "").endswith("docker.sock")]
    stack = deployed(
        "dev",
        services=[{**DOCKER, "owner": "memory"}, files],
        demo=None,
        docker={"socket_group": 998, "networks": ["shop"]},
    )
    container = stack.container("prometheus")
    assert container["groupAdds"] == ["998"]
    mounted = {volume["hostPath"]: volume for volume in container["volumes"] if "hostPath" in volume}
    assert mounted["/var/run/docker.sock"]["readOnly"]
    assert mounted["/srv/targets"]["containerPath"] == "/etc/prometheus-targets/web"


def test_prometheus_may_list_pods_in_the_discovered_namespaces_and_nothing_else(deployed: Deploy) -> None:
    stack = deployed("prod", services=[PODS])
    roles = stack.of("kubernetes:rbac.authorization.k8s.io/v1:Role")
    (role,) = roles.values()
    assert role.inputs["metadata"]["namespace"] == "shop"
    assert role.inputs["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]
    (binding,) = stack.of("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding").values()
    assert binding.inputs["subjects"] == [{"kind": "ServiceAccount", "name": "prometheus", "namespace": "monitoring"}]
    assert not deployed("prod").of("kubernetes:rbac.authorization.k8s.io/v1:Role")


def test_limits_of_a_service_bound_its_scrape() -> None:
    limits = {"series": 500, "labels": 12, "label_value_length": 64, "body": "1Mi", "targets": 7}
    prometheus = workload_of(
        "prometheus", services=[API | {"owner": "memory", "target": "api:80", "limits": limits}], demo=None
    )
    (job,) = [job for job in document_of(prometheus, "prometheus.yml")["scrape_configs"] if job["job_name"] == "api"]
    assert {key: job[key] for key in job if "limit" in key} == {
        "sample_limit": 500,
        "label_limit": 12,
        "label_value_length_limit": 64,
        "target_limit": 7,
        "body_size_limit": "1MiB",
    }
    assert {job.name: job.limits.series for job in plan_of({**API, "target": "api:80"}).scrape_jobs} == {"api": 20_000}


@pytest.mark.parametrize(
    ("service", "sentence"),
    [
        (API, "services[0]: found no target and no discover. Allowed: exactly one of target, discover."),
        (
            {**DOCKER, "target": "api:8000"},
            "services[0]: found target and discover. Allowed: exactly one of target, discover.",
        ),
        (
            {**API, "discover": {}},
            "services[0].discover: found nothing. Allowed: exactly one of docker, kubernetes, consul, dns, files.",
        ),
        (
            {**API, "discover": {"dns": {"host": "api"}}},
            "services[0].discover.dns.port: found nothing. Allowed: a port from 1 to 65535."
            " Only SRV records bring their port.",
        ),
    ],
)
def test_every_mistake_in_a_discovery_is_named(service: dict[str, object], sentence: str) -> None:
    assert mistakes_in(service) == [sentence]


def test_discovery_of_containers_needs_the_socket_and_a_network() -> None:
    assert mistakes_in(DOCKER) == [
        "docker.socket_group: found nothing. Allowed: the id of the group that may use Docker's socket."
        " Set it to what `stat -c %g /var/run/docker.sock` prints; services[0].discover.docker needs it.",
        "docker.networks: found nothing. Allowed: a list of existing Docker networks."
        " Name those of the containers; services[0].discover.docker reaches them there.",
    ]
