"""The Docker runtime: each trap of pulumi-docker that is known, asserted on what the provider is handed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pulumi
import pytest

from runtimes.capture import CapturedResource, capture
from runtimes.docker.runtime import DockerRuntime, DockerSite, computed, probe_command
from runtimes.docker.settings import DockerSettings
from settings.secrets import SecretFile
from tests.conftest import CONTAINER, HOST_DIRECTORY
from tests.fakes import FakeSecrets
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

NETWORK = "docker:index/network:Network"
VOLUME = "docker:index/volume:Volume"
IMAGE = "docker:index/remoteImage:RemoteImage"

WORKLOAD = Workload(
    name="kettle",
    image="kettle",
    user=1234,
    args=("--config=/etc/kettle/kettle.yml",),
    env={"ZONE": "b", "AREA": "a"},
    config=ConfigDirectory("/etc/kettle", {"kettle.yml": "litres: 1\n"}, reload="signal"),
    secrets={"password": SecretFile.of("kettlePassword")},
    ports=(
        Port("metrics", 9100),
        Port("https", 8443, "applications", publish=18443),
        Port("http", 8080, "people", publish=19999),
    ),
    volumes=(Volume("kettle-data", "/var/lib/kettle", "1Gi"),),
    tmpfs=("/tmp",),
    probe=HttpProbe(8080, "/healthz"),
    limits=Limits(cpus=0.25, memory_mebibytes=128),
    start_seconds=90,
    stop_seconds=45,
)


class Images(dict[str, str]):
    """Every component has an image."""

    def __missing__(self, component: str) -> str:
        return f"registry.example.com/{component}:1.0"


@dataclass(frozen=True)
class Found:
    """What a program registered, by type and logical name."""

    resources: Sequence[CapturedResource]

    def of(self, type_token: str) -> dict[str, CapturedResource]:
        return {found.name: found for found in self.resources if found.type == type_token}

    def container(self, workload: str = "kettle") -> CapturedResource:
        return self.of(CONTAINER)[f"monitoring-test-{workload}"]

    def inputs(self, workload: str = "kettle") -> Mapping[str, Any]:
        return self.container(workload).inputs


def run(*workloads: Workload, networks: tuple[str, ...] = ()) -> Found:
    """Deploy workloads on a Docker runtime of a stack called `test`."""

    def program() -> None:
        site = DockerSite("monitoring-test", "test", "/srv/monitoring/test", DockerSettings(networks=networks))
        runtime = DockerRuntime(site, Images())
        parent = pulumi.ComponentResource("monitoring:tests:Parent", "parent")
        runtime.prepare(workloads, parent)
        deployed: dict[str, Deployed] = {}
        for workload in workloads:
            waits = [deployed[other] for other in workload.after]
            deployed[workload.name] = runtime.deploy(workload, FakeSecrets(), parent, waits)

    return Found(capture(program, stack="test", config={}, computed=computed))


@pytest.fixture(scope="module")
def kettle() -> Found:
    return run(WORKLOAD)


# --- Differences that would never end --------------------------------------------------------------------------------


def test_the_swap_limit_equals_the_memory_limit(kettle: Found) -> None:
    for container in kettle.of(CONTAINER).values():
        assert container.inputs["memory"] == container.inputs["memorySwap"] > 0, container.name
    assert kettle.inputs()["memory"] == 128


def as_go_prints(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


@pytest.mark.parametrize(("cpus", "said"), [(1, "1.0"), (2.0, "2.0"), (0.25, "0.25"), (1.5, "1.5")])
def test_processors_are_written_as_the_provider_reads_them_back(cpus: float, said: str) -> None:
    assert run(replace(WORKLOAD, limits=Limits(cpus, memory_mebibytes=64))).inputs()["cpus"] == said


@pytest.mark.parametrize("seconds", [1, 59, 60, 61, 90, 300, 3599])
def test_durations_of_health_checks_are_written_as_docker_gives_them_back(seconds: int) -> None:
    check = run(replace(WORKLOAD, start_seconds=seconds)).inputs()["healthcheck"]
    assert check["startPeriod"] == as_go_prints(seconds)
    for field in ("interval", "timeout", "startPeriod"):
        # "90s" comes back as "1m30s".
        assert re.fullmatch(r"([1-9]\d*m)?[1-5]?\ds", check[field]), field


def test_capabilities_have_the_prefix_that_docker_gives_them_and_are_sorted() -> None:
    added = (Relaxation("SYS_TIME", "a reason"), Relaxation("NET_RAW", "a reason"))
    capabilities = run(replace(WORKLOAD, capabilities=added)).inputs()["capabilities"]
    assert capabilities == {"adds": ["CAP_NET_RAW", "CAP_SYS_TIME"], "drops": ["ALL"]}


def test_published_ports_are_sorted_by_the_port_inside(kettle: Found) -> None:
    assert [(port["internal"], port["external"]) for port in kettle.inputs()["ports"]] == [(8080, 19999), (8443, 18443)]


def test_environment_is_sorted(kettle: Found) -> None:
    assert kettle.inputs()["envs"] == ["AREA=a", "ZONE=b"]


def test_labels_are_sorted_and_say_whose_the_container_is(kettle: Found) -> None:
    assert kettle.inputs()["labels"] == [
        {"label": "monitoring.component", "value": "kettle"},
        {"label": "monitoring.reload", "value": "signal"},
        {"label": "monitoring.stack", "value": "test"},
    ]


def test_a_health_check_is_a_command_and_never_none() -> None:
    for probe in (HttpProbe(8080, "/"), ExecProbe(("kettle", "--check"))):
        assert probe_command(probe)[0] == "CMD"
        assert len(probe_command(probe)) > 1


def test_in_the_hosts_process_namespace_the_label_that_docker_adds_is_said() -> None:
    inputs = run(replace(WORKLOAD, host_processes=Relaxation("host PID namespace", "a reason"))).inputs()
    assert inputs["pidMode"] == "host"
    assert "init" not in inputs
    assert inputs["securityOpts"] == ["label=disable", "no-new-privileges:true"]
    assert "pidMode" not in run(WORKLOAD).inputs()


def test_only_who_pings_opens_sockets_for_it() -> None:
    inputs = run(replace(WORKLOAD, pings=Relaxation("ICMP echo sockets", "a reason"))).inputs()
    assert inputs["sysctls"] == {"net.ipv4.ping_group_range": f"{WORKLOAD.user} {WORKLOAD.user}"}
    assert "sysctls" not in run(WORKLOAD).inputs()


def test_a_container_has_an_init_that_reaps_what_health_checks_and_questions_leave() -> None:
    assert run(WORKLOAD).inputs()["init"] is True


def test_the_network_is_not_internal_because_published_ports_need_a_way_in(kettle: Found) -> None:
    (network,) = kettle.of(NETWORK).values()
    assert network.inputs == {
        "driver": "bridge",
        "labels": [{"label": "monitoring.stack", "value": "test"}],
        "name": "monitoring-test",
    }


def test_deploying_the_same_workload_again_hands_over_the_same_inputs(kettle: Found) -> None:
    again = run(WORKLOAD)
    assert [(found.urn, found.inputs) for found in again.resources] == [
        (found.urn, found.inputs) for found in kettle.resources
    ]


def test_no_input_of_a_container_is_secret_so_that_its_difference_can_be_read(kettle: Found) -> None:
    assert {container.secrets for container in kettle.of(CONTAINER).values()} == {frozenset()}


# --- Changes that would not count ------------------------------------------------------------------------------------


def test_changes_that_the_provider_only_writes_down_make_the_container_anew(kettle: Found) -> None:
    assert set(kettle.container().replace_on_changes) == {"healthcheck", "tmpfs", "init"}


def test_a_container_is_deleted_before_its_replacement_takes_its_name_and_ports(kettle: Found) -> None:
    for container in kettle.of(CONTAINER).values():
        assert container.delete_before_replace, container.name


def test_an_image_is_named_by_its_id_so_that_a_new_image_under_the_same_tag_counts(kettle: Found) -> None:
    images = kettle.of(IMAGE)
    for workload, component in (("kettle", "kettle"), ("prepare", "busybox")):
        image = images[f"monitoring-test-{component}"]
        assert kettle.container(workload).inputs_from["image"] == (image.urn,)
        assert image.inputs == {"keepLocally": True, "name": f"registry.example.com/{component}:1.0"}


def test_an_image_that_two_programs_run_is_one_resource() -> None:
    found = run(WORKLOAD, replace(WORKLOAD, name="teapot", ports=(), volumes=()))
    assert set(found.of(IMAGE)) == {"monitoring-test-kettle", "monitoring-test-busybox"}
    (image,) = found.container("teapot").inputs_from["image"]
    assert image == found.of(IMAGE)["monitoring-test-kettle"].urn


# --- Data ------------------------------------------------------------------------------------------------------------


def test_volumes_carry_no_label_because_a_changed_one_would_replace_them_with_their_data(kettle: Found) -> None:
    assert {name: found.inputs for name, found in kettle.of(VOLUME).items()} == {
        f"monitoring-test-{name}": {"name": f"monitoring-test-{name}"} for name in ("kettle-data", "tools")
    }


def test_a_volume_is_named_through_its_resource_so_that_it_exists_first(kettle: Found) -> None:
    volumes = kettle.of(VOLUME)
    assert set(kettle.container().inputs_from["volumes"]) == {
        volumes["monitoring-test-kettle-data"].urn,
        volumes["monitoring-test-tools"].urn,
    }
    assert {"containerPath": "/var/lib/kettle", "volumeName": "monitoring-test-kettle-data"} in (
        kettle.inputs()["volumes"]
    )


def test_programs_are_stopped_and_destroyed_with_time_to_write_their_logs(kettle: Found) -> None:
    assert (kettle.inputs()["destroyGraceSeconds"], kettle.inputs()["stopTimeout"]) == (45, 45)


def test_volumes_are_given_to_the_users_who_write_into_them_and_tools_are_put_into_theirs(
    kettle: Found, tmp_path: Path
) -> None:
    prepare = kettle.inputs("prepare")
    mounted = {volume["containerPath"]: volume["volumeName"] for volume in prepare["volumes"]}
    assert mounted == {
        "/volumes/tools": "monitoring-test-tools",
        "/volumes/kettle-data": "monitoring-test-kettle-data",
    }
    assert prepare["entrypoints"] == ["/bin/busybox", "sh", "-ec"]
    (script,) = prepare["command"]
    # The script itself, with a folder for the volumes, a file for busybox, and owners written down instead of changed.
    (tmp_path / "busybox").write_text("the program", encoding="utf-8")
    (tmp_path / "volumes" / "tools").mkdir(parents=True)
    here = script.replace("/bin/busybox", f"{tmp_path}/busybox").replace("/volumes", f"{tmp_path}/volumes")
    for _ in range(2):
        done = subprocess.run(
            ["sh", "-ec", f'chown() {{ echo "$@"; }}; {here}'], capture_output=True, text=True, check=True
        )
        assert done.stdout == f"1234:1234 {tmp_path}/volumes/kettle-data\n"
    assert {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "volumes" / "tools").iterdir()} == {
        "busybox": "the program"
    }


def test_the_container_that_readies_volumes_runs_once_may_only_change_owners_and_has_no_network(kettle: Found) -> None:
    prepare = kettle.inputs("prepare")
    assert (prepare["mustRun"], prepare["attach"], prepare["restart"]) == (False, True, "no")
    assert prepare["capabilities"] == {"adds": ["CAP_CHOWN"], "drops": ["ALL"]}
    assert prepare["securityOpts"] == ["no-new-privileges:true"]
    assert prepare["networkMode"] == "none"
    assert prepare["readOnly"] is True
    assert "ports" not in prepare


# --- Files -----------------------------------------------------------------------------------------------------------


def test_configuration_is_a_read_only_directory_and_never_an_upload(kettle: Found) -> None:
    inputs = kettle.inputs()
    assert "uploads" not in inputs
    assert "mounts" not in inputs
    assert [volume for volume in inputs["volumes"] if "hostPath" in volume] == [
        {"hostPath": f"/srv/monitoring/test/{kind}/kettle", "containerPath": path, "readOnly": True}
        for kind, path in (("config", "/etc/kettle"), ("secrets", "/run/secrets"))
    ]


def test_files_are_written_by_a_directory_that_knows_who_reads_them_and_how(kettle: Found) -> None:
    directories = kettle.of(HOST_DIRECTORY)
    shared = {"container": "monitoring-test-kettle", "reload": "signal"}
    for kind, files in (("config", {"kettle.yml": "litres: 1\n"}), ("secrets", {"password": "kettlePassword"})):
        inputs = directories[f"monitoring-test-kettle-{kind}"].inputs
        assert {key: value for key, value in inputs.items() if key != "__provider"} == {
            **shared,
            "path": f"/srv/monitoring/test/{kind}/kettle",
            "files": files,
        }


def test_only_the_directory_of_secrets_is_secret(kettle: Found) -> None:
    directories = kettle.of(HOST_DIRECTORY)
    assert "files" in directories["monitoring-test-kettle-secrets"].secrets
    assert "files" not in directories["monitoring-test-kettle-config"].secrets


def test_the_code_that_writes_files_is_in_the_state_by_name_so_that_it_is_the_same_at_every_run(kettle: Found) -> None:
    serialized = {directory.inputs["__provider"] for directory in kettle.of(HOST_DIRECTORY).values()}
    assert len(serialized) == 1
    # A class that was written out with its code would be thousands of characters and change with every edit.
    assert len(serialized.pop()) < 200


def test_a_workload_without_files_mounts_none() -> None:
    found = run(replace(WORKLOAD, config=None, secrets={}))
    assert found.of(HOST_DIRECTORY) == {}
    assert not [volume for volume in found.inputs()["volumes"] if "hostPath" in volume]


def test_pieces_of_the_host_are_mounted_read_only_and_without_a_propagation_the_host_may_refuse() -> None:
    mounts = (HostMount("/", "/host", "sizes of filesystems", follow_mounts=True),)
    inputs = run(replace(WORKLOAD, host_mounts=mounts)).inputs()
    assert inputs["volumes"][-1] == {"hostPath": "/", "containerPath": "/host", "readOnly": True}
    assert "mounts" not in inputs


def test_temporary_directories_are_small_and_run_no_programs(kettle: Found) -> None:
    assert kettle.inputs()["tmpfs"] == {"/tmp": "rw,noexec,nosuid,size=64m"}
    assert "tmpfs" not in run(replace(WORKLOAD, tmpfs=())).inputs()


# --- Readiness -------------------------------------------------------------------------------------------------------


def test_the_engine_waits_for_the_health_check_longer_than_the_start_may_take(kettle: Found) -> None:
    inputs = kettle.inputs()
    assert inputs["wait"] is True
    # 90 s to start, and three checks at intervals of 5 s until the container counts as unhealthy.
    assert inputs["waitTimeout"] >= 90 + 3 * 5
    assert inputs["healthcheck"]["retries"] == 3
    assert inputs["healthcheck"]["startPeriod"] == "1m30s"


def test_a_program_starts_after_those_it_names_and_after_the_preparation() -> None:
    found = run(
        replace(WORKLOAD, ports=(), volumes=()),
        replace(WORKLOAD, name="teapot", ports=(), volumes=(), after=("kettle",)),
    )
    first = set(found.container("teapot").depends_on)
    assert {found.container("kettle").urn, found.container("prepare").urn} <= first
    assert found.container("teapot").urn not in found.container("kettle").depends_on


def test_a_workload_alone_gets_a_network_and_volumes_below_its_own_component() -> None:
    def program() -> None:
        runtime = DockerRuntime(DockerSite("monitoring-test", "test", "/srv", DockerSettings()), Images())
        runtime.deploy(WORKLOAD, FakeSecrets(), pulumi.ComponentResource("monitoring:tests:Parent", "parent"), ())

    found = Found(capture(program, stack="test", config={}))
    (parent,) = found.of("monitoring:tests:Parent").values()
    made = [*found.of(NETWORK).values(), *found.of(VOLUME).values(), *found.of(CONTAINER).values()]
    assert {resource.parent for resource in made} == {parent.urn}
    assert set(found.of(VOLUME)) == {"monitoring-test-tools", "monitoring-test-kettle-data"}
    assert found.container("prepare").urn in found.container("kettle").depends_on


def test_a_workload_that_was_not_prepared_with_the_others_is_refused() -> None:
    def program() -> None:
        runtime = DockerRuntime(DockerSite("monitoring-test", "test", "/srv", DockerSettings()), Images())
        parent = pulumi.ComponentResource("monitoring:tests:Parent", "parent")
        runtime.prepare([WORKLOAD], parent)
        runtime.deploy(replace(WORKLOAD, name="teapot"), FakeSecrets(), parent, ())

    with pytest.raises(RuntimeError, match=r"workload teapot: prepare\(\) was called without it"):
        capture(program, stack="test", config={})


@pytest.mark.parametrize("protect", [False, True])
def test_volumes_with_data_are_protected_when_the_stack_says_so(protect: bool) -> None:
    def program() -> None:
        site = DockerSite("monitoring-test", "test", "/srv", DockerSettings(), protect_data=protect)
        runtime = DockerRuntime(site, Images())
        runtime.prepare([WORKLOAD], pulumi.ComponentResource("monitoring:tests:Parent", "parent"))

    found = Found(capture(program, stack="test", config={}))
    protected = {resource.name for resource in found.resources if resource.protect}
    # What is in the volume of tools comes from an image.
    assert protected == ({"monitoring-test-kettle-data"} if protect else set())


def test_a_health_check_without_a_login_asks_the_port_on_loopback() -> None:
    assert probe_command(HttpProbe(8080, "/healthz")) == [
        *("CMD", "/tools/busybox", "wget", "-q", "-O", "/dev/null"),
        "http://127.0.0.1:8080/healthz",
    ]


def test_a_health_check_by_command_is_that_command() -> None:
    assert probe_command(ExecProbe(("pg_isready", "--quiet"))) == ["CMD", "pg_isready", "--quiet"]


def test_a_health_check_with_a_login_pipes_the_password_past_the_arguments() -> None:
    *shell, script = probe_command(HttpProbe(9090, "/-/ready", "admin", "prometheusPassword"))
    assert shell == ["CMD", "/tools/busybox", "sh", "-c"]
    assert "cat /run/secrets/prometheusPassword" in script
    assert "GET /-/ready HTTP/1.0" in script
    assert "nc 127.0.0.1 9090" in script
    # `printf` is the shell's own: no process ever has the password among its arguments.
    assert re.search(r"/tools/busybox (printf|echo|wget)", script) is None


# --- Networks --------------------------------------------------------------------------------------------------------


def test_programs_find_each_other_by_name_on_the_stacks_own_network(kettle: Found) -> None:
    assert kettle.inputs()["networksAdvanced"] == [{"aliases": ["kettle"], "name": "monitoring-test"}]
    (network,) = kettle.of(NETWORK).values()
    assert kettle.container().inputs_from["networksAdvanced"] == (network.urn,)


def test_a_program_that_joins_target_networks_joins_their_networks_too() -> None:
    found = run(
        replace(WORKLOAD, joins_target_networks=True),
        replace(WORKLOAD, name="teapot", ports=(), volumes=()),
        networks=("shop_default", "billing_default"),
    )
    joined = [network["name"] for network in found.inputs()["networksAdvanced"]]
    assert joined == ["monitoring-test", "shop_default", "billing_default"]
    assert [network["name"] for network in found.inputs("teapot")["networksAdvanced"]] == ["monitoring-test"]
    # What runs on the machine itself has a name for those that ask.
    assert found.inputs()["hosts"] == [{"host": "host.docker.internal", "ip": "host-gateway"}]
    assert "hosts" not in found.inputs("teapot")
    # Networks of others are joined, never made.
    assert {network.inputs["name"] for network in found.of(NETWORK).values()} == {"monitoring-test"}


def test_published_ports_are_on_loopback_only(kettle: Found) -> None:
    assert {port["ip"] for port in kettle.inputs()["ports"]} == {"127.0.0.1"}


# --- The workload itself ---------------------------------------------------------------------------------------------


def test_a_workload_is_root_with_a_reason_or_not_at_all() -> None:
    with pytest.raises(ValueError, match="workload kettle: user 0 and a reason in `root` go together"):
        replace(WORKLOAD, user=0)
    with pytest.raises(ValueError, match="workload kettle: user 0 and a reason in `root` go together"):
        replace(WORKLOAD, root=Relaxation("root", "because"))
    assert run(replace(WORKLOAD, user=0, root=Relaxation("root", "because"))).inputs()["user"] == "0:0"


def test_an_image_is_shown_by_its_reference_because_its_id_is_not_known(kettle: Found) -> None:
    assert kettle.container("kettle").inputs["image"] == "registry.example.com/kettle:1.0"
    assert computed("docker:index/network:Network", {"name": "kettle"}) == {}
