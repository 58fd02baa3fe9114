"""The Kubernetes runtime: which objects a workload becomes, in which order, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runtimes.capture import capture
from runtimes.kubernetes.runtime import KubernetesRuntime
from runtimes.kubernetes.settings import KubernetesSettings
from tests.fakes import FakeSecrets
from tests.unit.runtimes.kubernetes.registered import (
    CONFIGURED,
    PER_HOST,
    PLAIN,
    REASON,
    SECRET,
    SECRETIVE,
    STORING,
    Images,
    Parent,
    Recorder,
    container_of,
    inputs_of,
    pod_of,
    run,
)
from workloads.workload import Port, Relaxation, Volume, Workload


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


def test_the_name_of_a_replica_that_the_others_talk_to_resolves_to_its_pod() -> None:
    talking = replace(PLAIN, ports=(*PLAIN.ports, Port("gossip", 7946, "replicas")))
    assert inputs_of(talking, "Service")["spec"]["clusterIP"] == "None"


def test_a_workload_without_ports_has_no_service() -> None:
    assert not [kind for kind, _ in run([replace(PLAIN, ports=())]) if kind == "Service"]


def test_the_key_of_secret_names_is_generated_only_where_there_are_secrets() -> None:
    assert ("GeneratedPassword", "secret-names-key") in run([SECRETIVE])
    assert ("GeneratedPassword", "secret-names-key") not in run([PLAIN])


def test_nothing_but_the_secret_holds_the_secret_or_is_hidden_because_of_it() -> None:
    for key, resource in run([SECRETIVE]).items():
        is_secret = key[0] == "Secret"
        assert (SECRET in json.dumps(resource.inputs)) is is_secret, key
        # The engine keeps the code of a dynamic provider as a secret, whatever it holds.
        assert resource.secrets - {"__provider"} == ({"stringData"} if is_secret else frozenset()), key


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
        runtime.deploy(PLAIN, FakeSecrets(), Parent(Recorder()), [])

    kinds = {resource.type.rpartition(":")[2] for resource in capture(program, stack="test", config={})}
    assert {"Namespace", "NetworkPolicy", "Deployment"} <= kinds


def test_a_workload_that_was_not_prepared_with_the_others_is_refused() -> None:
    def program() -> None:
        runtime = KubernetesRuntime("monitoring", KubernetesSettings(), "test", Images())
        parent = Parent(Recorder())
        runtime.prepare([PLAIN], parent)
        runtime.deploy(replace(PLAIN, name="other"), FakeSecrets(), parent, [])

    with pytest.raises(RuntimeError, match=r"workload other: prepare\(\) was called without it"):
        capture(program, stack="test", config={})


@pytest.mark.parametrize("protect", [False, True])
def test_claims_and_their_namespace_are_protected_when_the_stack_says_so(protect: bool) -> None:
    found = run([STORING], protect_data=protect)
    protected = {kind for (kind, _), resource in found.items() if resource.protect}
    assert protected == ({"Namespace", "PersistentVolumeClaim"} if protect else set())
