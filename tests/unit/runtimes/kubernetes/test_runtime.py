"""The Kubernetes runtime, asserted on what the program registers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from program.prepare import prepare_program
from rendering.render import captured_program
from runtimes.capture import CapturedResource, capture
from runtimes.kubernetes.namespaces import pod_security_level
from runtimes.kubernetes.objects import config_data, content_suffix, cores, quantity
from runtimes.kubernetes.pod import probe_command
from runtimes.kubernetes.runtime import KubernetesRuntime
from runtimes.kubernetes.settings import KubernetesSettings
from settings.secrets import SecretFile
from settings.stackfile import read_stack_file
from workloads.runtime import Deployed
from workloads.workload import (
    ConfigDirectory,
    ExecProbe,
    HostMount,
    HttpProbe,
    Limits,
    Port,
    Relaxation,
    Volume,
    Workload,
)

ROOT = Path(__file__).resolve().parents[4]
REASON = "the test"
SECRET = "s3cret"
DEFAULTS = KubernetesSettings()
PLAIN = Workload(
    name="loki",
    image="loki",
    user=10001,
    limits=Limits(cpus=0.5, memory_mebibytes=512),
    probe=HttpProbe(3100, "/ready"),
    ports=(Port("http", 3100),),
)
CONFIGURED = replace(PLAIN, config=ConfigDirectory("/etc/loki", {"loki.yaml": "a: 1\n", "rules/x.yml": "b: 2\n"}))
SECRETIVE = replace(PLAIN, secrets={"web.yml": SecretFile.of("lokiPassword")})
STORING = replace(PLAIN, volumes=(Volume("loki-data", "/loki", "20Gi"),))
PER_HOST = replace(PLAIN, per_host=True)


class FakeSecrets:
    """Every secret file holds one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def content(self, file: SecretFile) -> pulumi.Output[str]:
        return pulumi.Output.secret(self._text)


class Recorder:
    """Options of resources by type and name, which captured inputs do not show."""

    def __init__(self) -> None:
        self.options: dict[tuple[str, str], pulumi.ResourceOptions] = {}

    def __call__(self, args: pulumi.ResourceTransformationArgs) -> None:
        self.options[args.type_, args.name] = args.opts


class Images(dict[str, str]):
    """Every component has an image."""

    def __missing__(self, component: str) -> str:
        return f"example/{component}:1"


class Parent(pulumi.ComponentResource):
    def __init__(self, recorder: Recorder) -> None:
        provider = kubernetes.Provider("cluster")
        options = pulumi.ResourceOptions(transformations=[recorder], providers=[provider])
        super().__init__("test:Parent", "parent", None, options)


def run(
    workloads: Sequence[Workload],
    settings: KubernetesSettings = DEFAULTS,
    secret: str = SECRET,
    recorder: Recorder | None = None,
    protect_data: bool = False,
) -> dict[tuple[str, str], CapturedResource]:
    """Deploy workloads in their order; resources by the end of their type and their name below the stack's."""

    def program() -> None:
        parent = Parent(recorder or Recorder())
        runtime = KubernetesRuntime("monitoring", settings, "test", Images(), protect_data=protect_data)
        runtime.prepare(workloads, parent)
        deployed: dict[str, Deployed] = {}
        for workload in workloads:
            after = [deployed[name] for name in workload.after]
            deployed[workload.name] = runtime.deploy(workload, FakeSecrets(secret), parent, after)

    captured = capture(program, stack="test", config={})
    return {
        (resource.type.rpartition(":")[2], resource.name.removeprefix("monitoring-")): resource for resource in captured
    }


def inputs_of(workload: Workload, kind: str, name: str | None = None, **options: Any) -> Mapping[str, Any]:
    return run([workload], **options)[kind, name or workload.name].inputs


def pod_of(workload: Workload, **options: Any) -> Mapping[str, Any]:
    found = [
        resource.inputs["spec"]["template"]["spec"]
        for (kind, _), resource in run([workload], **options).items()
        if kind in ("Deployment", "StatefulSet", "DaemonSet")
    ]
    assert len(found) == 1
    pod: Mapping[str, Any] = found[0]
    return pod


def container_of(workload: Workload) -> Mapping[str, Any]:
    (container,) = pod_of(workload)["containers"]
    found: Mapping[str, Any] = container
    return found


# Namespace and provider


def test_the_namespace_is_the_settings_and_names_its_pod_security() -> None:
    namespace = inputs_of(PLAIN, "Namespace", "watch", settings=KubernetesSettings(namespace="watch"))
    assert namespace["metadata"] == {
        "name": "watch",
        "annotations": {"pulumi.com/patchForce": "true"},
        "labels": {
            "app.kubernetes.io/managed-by": "pulumi",
            "app.kubernetes.io/part-of": "monitoring-test",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
        },
    }


@pytest.mark.parametrize(
    ("workload", "level"),
    [
        (PLAIN, "restricted"),
        (replace(PLAIN, user=0, root=Relaxation("root", REASON)), "baseline"),
        (replace(PLAIN, capabilities=(Relaxation("CHOWN", REASON),)), "baseline"),
        (replace(PLAIN, capabilities=(Relaxation("NET_RAW", REASON),)), "privileged"),
        (replace(PLAIN, host_mounts=(HostMount("/", "/host", REASON),)), "privileged"),
        (replace(PLAIN, host_processes=Relaxation("host PID namespace", REASON)), "privileged"),
        (replace(STORING, per_host=True, user=0, root=Relaxation("root", REASON)), "privileged"),
    ],
)
def test_pod_security_is_the_strictest_that_admits_every_workload(workload: Workload, level: str) -> None:
    assert pod_security_level([PLAIN, workload]) == level


# Two namespaces

AGENT = replace(
    PLAIN,
    name="agent",
    image="agent",
    per_host=True,
    host_mounts=(HostMount("/", "/host", REASON),),
    config=CONFIGURED.config,
    secrets=SECRETIVE.secrets,
)


def test_what_sees_the_host_is_in_a_namespace_of_its_own_with_all_that_belongs_to_it() -> None:
    resources = run([PLAIN, AGENT])
    homes = {
        key: found.inputs["metadata"].get("namespace")
        for key, found in resources.items()
        if found.type.startswith("kubernetes:") and key[0] not in ("Namespace", "NetworkPolicy")
    }
    assert set(homes.values()) == {"monitoring", "monitoring-agents"}
    assert {name for (_, name), home in homes.items() if home == "monitoring"} == {"loki"}
    levels = {
        name: found.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for (kind, name), found in resources.items()
        if kind == "Namespace"
    }
    assert levels == {"monitoring": "restricted", "agents": "privileged"}


def test_the_agents_namespace_warns_of_nothing_that_it_admits() -> None:
    labels = run([PLAIN, AGENT])["Namespace", "agents"].inputs["metadata"]["labels"]
    levels = {key.rpartition("/")[2]: level for key, level in labels.items() if key.startswith("pod-security")}
    assert levels == {"enforce": "privileged", "warn": "privileged", "audit": "restricted"}


def test_the_agents_namespace_is_the_settings() -> None:
    settings = KubernetesSettings(namespace="watch", agents_namespace="hosts")
    resources = run([PLAIN, AGENT], settings)
    assert resources["DaemonSet", "agent"].inputs["metadata"]["namespace"] == "hosts"
    assert {name for kind, name in resources if kind == "Namespace"} == {"watch", "hosts"}


def test_without_agents_there_is_one_namespace() -> None:
    assert [name for kind, name in run([PLAIN]) if kind == "Namespace"] == ["monitoring"]


def test_nobody_may_connect_to_anything_in_either_namespace() -> None:
    policies = [found.inputs for (kind, _), found in run([PLAIN, AGENT]).items() if kind == "NetworkPolicy"]
    assert sorted(policy["metadata"]["namespace"] for policy in policies) == ["monitoring", "monitoring-agents"]
    assert [policy["spec"] for policy in policies] == [{"podSelector": {}, "policyTypes": ["Ingress"]}] * 2


def test_a_client_in_the_other_namespace_is_let_in_by_its_namespace_and_its_name() -> None:
    policy = run([replace(PLAIN, clients=("agent",)), AGENT])["NetworkPolicy", "loki"].inputs["spec"]
    (source,) = policy["ingress"][0]["from"]
    assert source == {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring-agents"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "agent", "app.kubernetes.io/instance": "agent"}},
    }


def test_a_server_has_its_name_in_the_namespace_of_its_client_too() -> None:
    settings = KubernetesSettings(cluster_domain="example.org")
    resources = run([replace(PLAIN, clients=("agent",)), replace(AGENT, clients=("loki",))], settings)
    names = {
        (found.inputs["metadata"]["namespace"], found.inputs["metadata"]["name"]): found.inputs["spec"]
        for (kind, _), found in resources.items()
        if kind == "Service" and found.inputs["spec"]["type"] == "ExternalName"
    }
    assert names == {
        ("monitoring-agents", "loki"): {"type": "ExternalName", "externalName": "loki.monitoring.svc.example.org"},
        ("monitoring", "agent"): {"type": "ExternalName", "externalName": "agent.monitoring-agents.svc.example.org"},
    }


def test_a_client_in_the_same_namespace_needs_no_second_name() -> None:
    services = [name for kind, name in run([replace(PLAIN, clients=("loki",))]) if kind == "Service"]
    assert services == ["loki"]


def test_the_engine_takes_back_what_somebody_changed_on_any_object() -> None:
    resources = run([replace(STORING, config=CONFIGURED.config, clients=("agent",)), AGENT])
    objects = [found.inputs["metadata"] for found in resources.values() if found.type.startswith("kubernetes:")]
    assert len(objects) >= 12
    assert {metadata["annotations"]["pulumi.com/patchForce"] for metadata in objects} == {"true"}


def test_the_engine_does_not_wait_for_a_claim_to_be_what_it_never_is_again() -> None:
    claim = inputs_of(STORING, "PersistentVolumeClaim", "loki-data")
    assert claim["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"


def test_every_object_uses_the_provider_that_the_parent_was_given() -> None:
    workload = replace(CONFIGURED, secrets=SECRETIVE.secrets, volumes=STORING.volumes)
    resources = run([workload])
    (provider,) = (found for found in resources.values() if found.type == "pulumi:providers:kubernetes")
    objects = [found for found in resources.values() if found.type.startswith("kubernetes:")]
    assert len(objects) == 7
    assert {found.provider.rpartition("::")[0] for found in objects} == {provider.urn}


# Which object a workload becomes


@pytest.mark.parametrize(
    ("workload", "kind"),
    [
        (PLAIN, "Deployment"),
        (STORING, "StatefulSet"),
        (PER_HOST, "DaemonSet"),
        (replace(STORING, per_host=True, user=0, root=Relaxation("root", REASON)), "DaemonSet"),
    ],
)
def test_a_workload_becomes_one_controller(workload: Workload, kind: str) -> None:
    resources = run([workload])
    controllers = [found for found, _ in resources if found in ("Deployment", "StatefulSet", "DaemonSet")]
    assert controllers == [kind]
    spec = resources[kind, "loki"].inputs["spec"]
    assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    assert spec.get("replicas") == (None if kind == "DaemonSet" else 1)


def test_replicas_are_the_workloads() -> None:
    assert inputs_of(replace(PLAIN, replicas=3), "Deployment")["spec"]["replicas"] == 3


def test_a_stateful_set_goes_on_after_an_update_that_broke_its_pod() -> None:
    assert inputs_of(STORING, "StatefulSet")["spec"]["podManagementPolicy"] == "Parallel"


def test_every_object_carries_the_recommended_labels() -> None:
    recommended = {
        "app.kubernetes.io/name": "redis-exporter",
        "app.kubernetes.io/instance": "redis-exporter-cache",
        "app.kubernetes.io/part-of": "monitoring-test",
        "app.kubernetes.io/managed-by": "pulumi",
    }
    workload = replace(
        CONFIGURED,
        name="redis-exporter-cache",
        image="redis-exporter",
        volumes=STORING.volumes,
        secrets=SECRETIVE.secrets,
    )
    resources = run([workload])
    for kind in ("StatefulSet", "Service", "ConfigMap", "Secret", "PersistentVolumeClaim"):
        (labels,) = [found.inputs["metadata"]["labels"] for key, found in resources.items() if key[0] == kind]
        assert labels == recommended
    controller = resources["StatefulSet", "redis-exporter-cache"].inputs
    assert controller["spec"]["template"]["metadata"]["labels"] == recommended


# Names and connections


def test_a_workload_answers_under_its_name_and_port() -> None:
    service = inputs_of(STORING, "Service")
    assert service["metadata"]["name"] == "loki"
    assert service["spec"] == {
        "type": "ClusterIP",
        "selector": {"app.kubernetes.io/name": "loki", "app.kubernetes.io/instance": "loki"},
        "ports": [{"name": "http", "port": 3100, "targetPort": "http", "protocol": "TCP"}],
    }
    assert container_of(STORING)["ports"] == [{"name": "http", "containerPort": 3100, "protocol": "TCP"}]


def test_the_name_of_a_workload_on_each_host_resolves_to_all_of_them() -> None:
    assert inputs_of(PER_HOST, "Service")["spec"]["clusterIP"] == "None"


def test_a_workload_without_ports_has_no_service() -> None:
    assert not [kind for kind, _ in run([replace(PLAIN, ports=())]) if kind == "Service"]


def test_nobody_may_connect_to_what_names_no_client() -> None:
    policies = {name: found.inputs["spec"] for (kind, name), found in run([PLAIN]).items() if kind == "NetworkPolicy"}
    assert policies == {"default-deny-ingress": {"podSelector": {}, "policyTypes": ["Ingress"]}}


def test_clients_of_the_stack_may_connect_to_the_ports() -> None:
    grafana = replace(PLAIN, name="grafana", image="grafana")
    loki = replace(PLAIN, clients=("grafana", "not-in-this-stack"))
    policy = run([grafana, loki])["NetworkPolicy", "loki"].inputs
    assert policy["metadata"]["namespace"] == "monitoring"
    assert policy["spec"] == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "loki", "app.kubernetes.io/instance": "loki"}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [
                    {
                        "podSelector": {
                            "matchLabels": {
                                "app.kubernetes.io/name": "grafana",
                                "app.kubernetes.io/instance": "grafana",
                            }
                        }
                    }
                ],
                "ports": [{"port": 3100, "protocol": "TCP"}],
            }
        ],
    }


def test_published_ports_and_no_others_are_open_to_every_namespace() -> None:
    workload = replace(PLAIN, ports=(Port("http", 3100), Port("otlp", 4317, "applications")))
    assert inputs_of(workload, "NetworkPolicy")["spec"]["ingress"] == [
        {"from": [{"namespaceSelector": {}}], "ports": [{"port": 4317, "protocol": "TCP"}]}
    ]


# Configuration and secrets


def config_map_of(workload: Workload) -> Mapping[str, Any]:
    return inputs_of(workload, "ConfigMap", "loki-config")


def with_rule(text: str) -> Workload:
    return replace(PLAIN, config=ConfigDirectory("/etc/loki", {"rules/x.yml": text}))


def test_configuration_files_keep_their_paths() -> None:
    config_map = config_map_of(CONFIGURED)
    assert config_map["data"] == {"loki.yaml": "a: 1\n", "rules__x.yml": "b: 2\n"}
    pod = pod_of(CONFIGURED)
    assert pod["volumes"] == [
        {
            "name": "config",
            "configMap": {
                "name": config_map["metadata"]["name"],
                "defaultMode": 0o440,
                "items": [
                    {"key": "loki.yaml", "path": "loki.yaml"},
                    {"key": "rules__x.yml", "path": "rules/x.yml"},
                ],
            },
        }
    ]
    assert pod["containers"][0]["volumeMounts"] == [{"name": "config", "mountPath": "/etc/loki", "readOnly": True}]


def test_a_changed_file_makes_another_config_map_and_rolls_the_pods() -> None:
    before, same, after = (with_rule(text) for text in ("b: 2\n", "b: 2\n", "b: 3\n"))
    names = [config_map_of(workload)["metadata"]["name"] for workload in (before, same, after)]
    assert names[0] == names[1] != names[2]
    assert config_map_of(before)["immutable"] is True
    pods = [json.dumps(pod_of(workload), sort_keys=True) for workload in (before, same, after)]
    assert pods[0] == pods[1] != pods[2]


def test_a_renamed_file_is_a_change() -> None:
    one, other = (ConfigDirectory("/etc", {name: "x"}) for name in ("a.yml", "b.yml"))
    assert content_suffix(config_data("loki", one)) != content_suffix(config_data("loki", other))


def test_configuration_beyond_what_a_config_map_holds_is_refused_by_name_and_size() -> None:
    just_fits = ConfigDirectory("/etc", {"a": "x" * (1024 * 1024 - 1)})
    assert config_data("loki", just_fits)
    too_much = ConfigDirectory("/etc", {"a": "ä" * (512 * 1024)})
    with pytest.raises(ValueError) as refused:
        run([replace(PLAIN, config=too_much)])
    assert str(refused.value) == (
        "workload loki: its configuration files are 1048577 bytes together, and a ConfigMap holds 1048576 at most;"
        " give it fewer or smaller files"
    )


def test_two_files_that_would_share_a_key_are_refused() -> None:
    config = ConfigDirectory("/etc", {"rules/x": "1", "rules__x": "2"})
    with pytest.raises(ValueError, match="two configuration files differ only in '/' and '__'"):
        config_data("loki", config)


def test_secrets_are_files_that_the_program_may_read() -> None:
    secret = run([SECRETIVE])["Secret", "loki-secrets"].inputs
    assert secret["stringData"] == {"web.yml": SECRET}
    assert (secret["type"], secret["immutable"]) == ("Opaque", True)
    pod = pod_of(SECRETIVE)
    assert pod["volumes"] == [
        {"name": "secrets", "secret": {"secretName": secret["metadata"]["name"], "defaultMode": 0o440}}
    ]
    assert pod["containers"][0]["volumeMounts"] == [{"name": "secrets", "mountPath": "/run/secrets", "readOnly": True}]
    assert pod["securityContext"]["fsGroup"] == SECRETIVE.user


def test_a_changed_secret_makes_another_secret_and_rolls_the_pods() -> None:
    names = []
    for text in (SECRET, SECRET, "other"):
        name = inputs_of(SECRETIVE, "Secret", "loki-secrets", secret=text)["metadata"]["name"]
        assert pod_of(SECRETIVE, secret=text)["volumes"][0]["secret"]["secretName"] == name
        names.append(name)
    assert names[0] == names[1] != names[2]


def test_a_secrets_name_cannot_be_computed_from_a_guess_of_its_content() -> None:
    name = inputs_of(SECRETIVE, "Secret", "loki-secrets")["metadata"]["name"]
    assert name != f"loki-secrets-{content_suffix({'web.yml': SECRET})}"
    assert name == f"loki-secrets-{content_suffix({'web.yml': SECRET}, key='<secret key>')}"


def test_the_key_of_secret_names_is_generated_only_where_there_are_secrets() -> None:
    assert ("GeneratedPassword", "secret-names-key") in run([SECRETIVE])
    assert ("GeneratedPassword", "secret-names-key") not in run([PLAIN])


def test_nothing_but_the_secret_holds_the_secret_or_is_hidden_because_of_it() -> None:
    for key, resource in run([SECRETIVE]).items():
        is_secret = key[0] == "Secret"
        assert (SECRET in json.dumps(resource.inputs)) is is_secret, key
        # The engine keeps the code of a dynamic provider as a secret, whatever it holds.
        assert resource.secrets - {"__provider"} == ({"stringData"} if is_secret else frozenset()), key


# Volumes


def test_volumes_are_claims_of_their_own_that_can_grow() -> None:
    resources = run([STORING], KubernetesSettings(storage_class="fast"))
    assert resources["PersistentVolumeClaim", "loki-data"].inputs["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "20Gi"}},
        "storageClassName": "fast",
    }
    spec = resources["StatefulSet", "loki"].inputs["spec"]
    assert "volumeClaimTemplates" not in spec
    pod = spec["template"]["spec"]
    assert pod["volumes"] == [{"name": "loki-data", "persistentVolumeClaim": {"claimName": "loki-data"}}]
    assert pod["containers"][0]["volumeMounts"] == [{"name": "loki-data", "mountPath": "/loki"}]


def test_the_storage_class_is_the_clusters_own_unless_one_is_named() -> None:
    assert "storageClassName" not in inputs_of(STORING, "PersistentVolumeClaim", "loki-data")["spec"]


def test_another_storage_class_does_not_replace_a_volume_with_data() -> None:
    recorder = Recorder()
    run([STORING], recorder=recorder)
    options = recorder.options["kubernetes:core/v1:PersistentVolumeClaim", "monitoring-loki-data"]
    assert options.ignore_changes == ["spec.storageClassName"]


def test_data_on_each_host_is_a_directory_of_that_host() -> None:
    workload = replace(STORING, per_host=True, user=0, root=Relaxation("root", REASON))
    assert not [kind for kind, _ in run([workload]) if kind == "PersistentVolumeClaim"]
    assert pod_of(workload)["volumes"] == [
        {
            "name": "loki-data",
            "hostPath": {"path": "/var/lib/monitoring-test/loki-data", "type": "DirectoryOrCreate"},
        }
    ]


def test_what_cannot_store_its_data_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="workload loki: 2 replicas cannot share one volume"):
        run([replace(STORING, replicas=2)])
    with pytest.raises(ValueError, match="workload loki: only root can write to its directory on each host"):
        run([replace(STORING, per_host=True)])


def test_tmpfs_is_memory_with_a_limit() -> None:
    pod = pod_of(replace(PLAIN, tmpfs=("/tmp", "/var/run/x")))
    assert [volume["emptyDir"] for volume in pod["volumes"]] == [{"medium": "Memory", "sizeLimit": "64Mi"}] * 2
    mounts = pod["containers"][0]["volumeMounts"]
    assert {mount["mountPath"]: mount["name"] for mount in mounts} == {
        "/tmp": pod["volumes"][0]["name"],
        "/var/run/x": pod["volumes"][1]["name"],
    }


def test_host_mounts_are_read_only_and_follow_mounts_where_asked() -> None:
    mounts = (HostMount("/", "/host", REASON, follow_mounts=True), HostMount("/sys", "/host-sys", REASON))
    pod = pod_of(replace(PER_HOST, host_mounts=mounts))
    assert [volume["hostPath"] for volume in pod["volumes"]] == [{"path": "/"}, {"path": "/sys"}]
    assert pod["containers"][0]["volumeMounts"] == [
        {"name": "host-0", "mountPath": "/host", "readOnly": True, "mountPropagation": "HostToContainer"},
        {"name": "host-1", "mountPath": "/host-sys", "readOnly": True},
    ]


# The pod


def test_the_pod_is_locked_down() -> None:
    pod = pod_of(PLAIN)
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert "hostPID" not in pod


def test_relaxations_are_granted_and_no_more() -> None:
    root = replace(PLAIN, user=0, root=Relaxation("root", REASON))
    assert pod_of(root)["securityContext"]["runAsNonRoot"] is False
    added = (Relaxation("SYS_PTRACE", REASON), Relaxation("NET_RAW", REASON))
    capabilities = container_of(replace(PLAIN, capabilities=added))["securityContext"]["capabilities"]
    assert capabilities == {"drop": ["ALL"], "add": ["NET_RAW", "SYS_PTRACE"]}
    assert pod_of(replace(PLAIN, host_processes=Relaxation("host PID namespace", REASON)))["hostPID"] is True


def test_a_workload_on_each_host_runs_on_tainted_hosts_too() -> None:
    assert pod_of(PER_HOST)["tolerations"] == [{"operator": "Exists"}]
    assert "tolerations" not in pod_of(PLAIN)


def test_limits_are_kept_and_memory_is_promised_whole() -> None:
    assert container_of(PLAIN)["resources"] == {
        "limits": {"cpu": "500m", "memory": "512Mi"},
        "requests": {"cpu": "50m", "memory": "512Mi"},
    }


@pytest.mark.parametrize(("size", "text"), [(512, "512Mi"), (1536, "1536Mi"), (4096, "4Gi"), (2 * 1024 * 1024, "2Ti")])
def test_sizes_are_written_as_the_api_server_gives_them_back(size: int, text: str) -> None:
    assert quantity(size) == text


@pytest.mark.parametrize(("cpus", "text"), [(2, "2"), (0.25, "250m"), (1.5, "1500m"), (0.1 * 0.25, "25m")])
def test_cpus_are_written_as_the_api_server_gives_them_back(cpus: float, text: str) -> None:
    assert cores(cpus) == text


def test_arguments_and_environment_are_taken_literally() -> None:
    container = container_of(replace(PLAIN, args=("--text=$(HOME)", "--plain"), env={"B": "$1", "A": "a"}))
    assert container["args"] == ["--text=$$(HOME)", "--plain"]
    assert container["env"] == [{"name": "A", "value": "a"}, {"name": "B", "value": "$$1"}]


def test_the_image_is_the_catalogues() -> None:
    container = container_of(PLAIN)
    assert container["image"] == "example/loki:1"
    # It is pinned, so what a node has is what was meant.
    assert container["imagePullPolicy"] == "IfNotPresent"


def test_pods_run_on_linux_nodes() -> None:
    assert pod_of(PLAIN)["nodeSelector"] == {"kubernetes.io/os": "linux"}


def test_a_program_gets_its_time_to_stop() -> None:
    assert pod_of(replace(PLAIN, stop_seconds=120))["terminationGracePeriodSeconds"] == 120


# Probes


def test_a_plain_probe_is_the_kubelets_own_get() -> None:
    container = container_of(replace(PLAIN, start_seconds=92))
    get = {"httpGet": {"path": "/ready", "port": 3100}, "timeoutSeconds": 5}
    assert container["startupProbe"] == {**get, "periodSeconds": 5, "failureThreshold": 19}
    assert container["readinessProbe"] == {**get, "periodSeconds": 10, "failureThreshold": 3}


def test_what_is_not_ready_is_not_restarted_while_it_takes_connections() -> None:
    assert container_of(PLAIN)["livenessProbe"] == {
        "tcpSocket": {"port": 3100},
        "periodSeconds": 10,
        "timeoutSeconds": 5,
        "failureThreshold": 6,
    }


def test_a_programs_own_command_is_run_in_its_container() -> None:
    command = ("pg_isready", "--host=127.0.0.1")
    container = container_of(replace(PLAIN, probe=ExecProbe(command)))
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["exec"] == {"command": list(command)}


def test_a_probes_password_is_read_in_the_container_and_never_an_argument() -> None:
    probe = HttpProbe(9090, "/-/ready", "admin", "password")
    container = container_of(replace(SECRETIVE, probe=probe))
    for name in ("startupProbe", "readinessProbe"):
        assert container[name]["exec"] == {"command": probe_command(probe)}
        assert "httpGet" not in container[name]
    assert probe_command(probe) == [
        "sh",
        "-c",
        r'printf "GET /-/ready HTTP/1.0\r\nAuthorization: Basic %s\r\n\r\n"'
        r' "$(printf "%s" "admin:$(cat /run/secrets/password)" | base64 | tr -d "\n")"'
        r' | nc 127.0.0.1 9090 | grep -q "^HTTP/1.[01] 2"',
    ]


# Order


def test_a_workload_comes_after_what_it_needs() -> None:
    first = replace(STORING, name="first", volumes=(Volume("first-data", "/data", "1Gi"),))
    second = replace(CONFIGURED, name="second", secrets=SECRETIVE.secrets, after=("first",))
    resources = run([first, second])
    expected = [
        ("Namespace", "monitoring"),
        ("StatefulSet", "first"),
        ("Service", "first"),
        ("ConfigMap", "second-config"),
        ("Secret", "second-secrets"),
    ]
    assert {resources[key].urn for key in expected} <= set(resources["Deployment", "second"].depends_on)
    claim = resources["PersistentVolumeClaim", "first-data"].urn
    assert claim in resources["StatefulSet", "first"].depends_on


def test_a_workload_does_not_wait_for_its_own_service_which_waits_for_it() -> None:
    resources = run([PLAIN])
    assert resources["Service", "loki"].urn not in resources["Deployment", "loki"].depends_on


def test_images_get_time_to_arrive_before_a_slow_program_starts() -> None:
    recorder = Recorder()
    resources = run([replace(PLAIN, start_seconds=300)], recorder=recorder)
    assert resources["Deployment", "loki"].inputs["spec"]["progressDeadlineSeconds"] == 900
    timeouts = recorder.options["kubernetes:apps/v1:Deployment", "monitoring-loki"].custom_timeouts
    assert timeouts is not None
    assert (timeouts.create, timeouts.update) == ("900s", "900s")


def test_a_workload_alone_gets_a_namespace_and_policies_of_its_own() -> None:
    def program() -> None:
        runtime = KubernetesRuntime("monitoring", KubernetesSettings(), "test", Images())
        runtime.deploy(PLAIN, FakeSecrets(""), Parent(Recorder()), [])

    kinds = {resource.type.rpartition(":")[2] for resource in capture(program, stack="test", config={})}
    assert {"Namespace", "NetworkPolicy", "Deployment"} <= kinds


def test_a_workload_that_was_not_prepared_with_the_others_is_refused() -> None:
    def program() -> None:
        runtime = KubernetesRuntime("monitoring", KubernetesSettings(), "test", Images())
        parent = Parent(Recorder())
        runtime.prepare([PLAIN], parent)
        runtime.deploy(replace(PLAIN, name="other"), FakeSecrets(""), parent, [])

    with pytest.raises(RuntimeError, match=r"workload other: prepare\(\) was called without it"):
        capture(program, stack="test", config={})


@pytest.mark.parametrize("protect", [False, True])
def test_claims_and_their_namespace_are_protected_when_the_stack_says_so(protect: bool) -> None:
    found = run([STORING], protect_data=protect)
    protected = {kind for (kind, _), resource in found.items() if resource.protect}
    assert protected == ({"Namespace", "PersistentVolumeClaim"} if protect else set())


# The whole production stack


@pytest.fixture(scope="module")
def production() -> list[CapturedResource]:
    program = prepare_program(read_stack_file(ROOT / "Pulumi.prod.yaml"), "prod")
    return [resource for resource in captured_program(program) if resource.type.startswith("kubernetes:")]


def test_production_is_two_namespaces_with_every_object_once(production: list[CapturedResource]) -> None:
    namespaced = [
        found.inputs["metadata"] | found.inputs for found in production if found.inputs["kind"] != "Namespace"
    ]
    assert {manifest["namespace"] for manifest in namespaced} == {"monitoring", "monitoring-agents"}
    names = [(manifest["kind"], manifest["namespace"], manifest["name"]) for manifest in namespaced]
    assert len(names) == len(set(names))


def test_production_is_restricted_but_for_three_agents(production: list[CapturedResource]) -> None:
    labels = {found.inputs["metadata"]["name"]: found.inputs["metadata"]["labels"] for found in production}
    assert labels["monitoring"]["pod-security.kubernetes.io/enforce"] == "restricted"
    agents = {
        found.inputs["metadata"]["name"]
        for found in production
        if found.inputs["kind"] == "DaemonSet" and found.inputs["metadata"]["namespace"] == "monitoring-agents"
    }
    assert agents == {"cadvisor", "collector-agent", "node-exporter"}


def test_production_mounts_only_what_exists(production: list[CapturedResource]) -> None:
    exists = {(found.inputs["kind"], found.inputs["metadata"]["name"]) for found in production}
    mounted: set[tuple[str, str]] = set()
    for found in production:
        for volume in found.inputs.get("spec", {}).get("template", {}).get("spec", {}).get("volumes", []):
            mounted |= {("ConfigMap", volume["configMap"]["name"])} if "configMap" in volume else set()
            mounted |= {("Secret", volume["secret"]["secretName"])} if "secret" in volume else set()
            if "persistentVolumeClaim" in volume:
                mounted.add(("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]))
    stored = {key for key in exists if key[0] in ("ConfigMap", "Secret", "PersistentVolumeClaim")}
    assert mounted == stored
    assert len(stored) >= 10


def test_production_runs_every_workload_hardened(production: list[CapturedResource]) -> None:
    program = prepare_program(read_stack_file(ROOT / "Pulumi.prod.yaml"), "prod")
    pods = {
        found.inputs["metadata"]["name"]: found.inputs["spec"]["template"]["spec"]
        for found in production
        if found.inputs["kind"] in ("Deployment", "StatefulSet", "DaemonSet")
    }
    assert sorted(pods) == sorted(workload.name for workload in program.workloads)
    rooted = {workload.name for workload in program.workloads if workload.root}
    for name, pod in pods.items():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is (name not in rooted), name
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
        assert container["securityContext"]["capabilities"]["drop"] == ["ALL"], name
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}, name
        assert container["startupProbe"], name
