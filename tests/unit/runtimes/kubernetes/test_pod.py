"""The pod of a workload: how it is locked down, limited, started and asked."""

from __future__ import annotations

from dataclasses import replace

from runtimes.kubernetes.pod import probe_command
from tests.unit.runtimes.kubernetes.registered import PER_HOST, PLAIN, REASON, SECRETIVE, container_of, pod_of
from workloads.workload import ExecProbe, HostMount, HttpProbe, Relaxation


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
    pings = pod_of(replace(PLAIN, pings=Relaxation("ICMP echo sockets", REASON)))["securityContext"]["sysctls"]
    assert pings == [{"name": "net.ipv4.ping_group_range", "value": "10001 10001"}]
    assert pod_of(replace(PLAIN, host_processes=Relaxation("host PID namespace", REASON)))["hostPID"] is True


def test_a_workload_on_each_host_runs_on_tainted_hosts_too() -> None:
    assert pod_of(PER_HOST)["tolerations"] == [{"operator": "Exists"}]
    assert "tolerations" not in pod_of(PLAIN)


def test_limits_are_kept_and_memory_is_promised_whole() -> None:
    assert container_of(PLAIN)["resources"] == {
        "limits": {"cpu": "500m", "memory": "512Mi"},
        "requests": {"cpu": "50m", "memory": "512Mi"},
    }


def test_arguments_and_environment_are_taken_literally() -> None:
    said = replace(PLAIN, entrypoint=("sh", "$(A).sh"), args=("--text=$(HOME)", "--plain"), env={"B": "$1", "A": "a"})
    container = container_of(said)
    assert container["command"] == ["sh", "$$(A).sh"]
    assert container["args"] == ["--text=$$(HOME)", "--plain"]
    assert container["env"] == [{"name": "A", "value": "a"}, {"name": "B", "value": "$$1"}]


def test_a_workload_that_names_no_program_runs_its_images() -> None:
    assert "command" not in container_of(PLAIN)


def test_the_image_is_the_catalogues() -> None:
    container = container_of(PLAIN)
    assert container["image"] == "example/loki:1"
    # It is pinned, so what a node has is what was meant.
    assert container["imagePullPolicy"] == "IfNotPresent"


def test_pods_run_on_linux_nodes() -> None:
    assert pod_of(PLAIN)["nodeSelector"] == {"kubernetes.io/os": "linux"}


def test_a_program_gets_its_time_to_stop() -> None:
    assert pod_of(replace(PLAIN, stop_seconds=120))["terminationGracePeriodSeconds"] == 120


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


def test_a_replica_keeps_away_from_the_others_where_there_are_nodes_enough() -> None:
    pod = pod_of(replace(PLAIN, replica_of="loki-1"))
    (away,) = pod["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert away["podAffinityTerm"] == {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {
            "matchLabels": {"app.kubernetes.io/part-of": "monitoring-test", "app.kubernetes.io/name": "loki"}
        },
    }
    assert "affinity" not in pod_of(PLAIN)
