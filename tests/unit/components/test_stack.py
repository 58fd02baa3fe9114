"""The programs of the shipped stacks: which run, in which order, and within which limits."""

from __future__ import annotations

import re

from tests.conftest import CONTAINER, HOST_DIRECTORY, Deploy, Deployment
from tests.unit.components.looking import BUILT, CONFIG_MAP, OWN_SECRETS, PASSWORD, content, jobs, names, programs


def test_the_dev_stack_is_every_component_the_exporters_of_its_services_and_the_demo(dev: Deployment) -> None:
    assert set(dev.containers) == {
        *("prometheus", "alertmanager", "loki", "tempo", "grafana", "collector-agent", "collector-gateway"),
        *("runbooks", "container-names"),
        *("node-exporter", "cadvisor", "blackbox-exporter"),
        *("postgres-exporter-memory-db", "redis-exporter-memory-cache"),
        *("memory-db", "memory-cache", "memory-api", "memory-traffic", "recorder"),
        "prepare",
    }


def test_a_stack_without_the_demo_runs_none_of_it(deployed: Deploy) -> None:
    without = deployed("dev", demo={"enabled": False}, secrets=OWN_SECRETS)
    demo = {"memory-db", "memory-cache", "memory-api", "memory-traffic", "recorder"}
    assert names(deployed("dev")) - names(without) == demo
    assert {"postgres-exporter-memory-db", "redis-exporter-memory-cache"} <= names(without)
    assert not [resource for resource in without.resources if resource.type == "monitoring:components:Demo"]


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
    assert as_root == {"cadvisor", "collector-agent", "container-names"}


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
        "container-names": {"/var/lib/docker/containers"},
        "node-exporter": {"/"},
    }
    assert {name for name, found in docker_stack.containers.items() if "pidMode" in found.inputs} == {"node-exporter"}


def test_every_program_is_limited_in_memory_processor_and_processes(docker_stack: Deployment) -> None:
    for workload, inputs in programs(docker_stack):
        assert 0 < inputs["memory"] <= 4096, workload.name
        assert inputs["memorySwap"] == inputs["memory"], workload.name
        assert 0 < float(inputs["cpus"]) <= 2, workload.name
        # Counted by user on the whole machine: enough for many containers of several stacks.
        assert inputs["ulimits"] == [{"name": "nproc", "soft": 32768, "hard": 32768}], workload.name


def test_processes_that_a_program_leaves_behind_are_taken_away(docker_stack: Deployment) -> None:
    without = {workload.name for workload, inputs in programs(docker_stack) if not inputs.get("init")}
    assert without == {"node-exporter"}  # It is in the host's PID namespace, where the host does it.


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
        9096: ("runbooks", 9096),
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


def test_programs_start_after_what_they_need_is_ready(dev: Deployment) -> None:
    assert {name: dev.first_of(name) - {"prepare"} for name in names(dev)} == {
        "loki": set(),
        "tempo": set(),
        "collector-gateway": {"loki", "tempo"},
        "collector-agent": {"collector-gateway", "container-names"},
        "container-names": set(),
        "alertmanager": {"collector-gateway"},
        "prometheus": {"alertmanager"},
        "grafana": {"prometheus", "loki", "tempo"},
        "node-exporter": set(),
        "cadvisor": set(),
        "blackbox-exporter": set(),
        "runbooks": set(),
        "postgres-exporter-memory-db": set(),
        "redis-exporter-memory-cache": set(),
        "memory-db": set(),
        "memory-cache": set(),
        "memory-api": {"memory-db", "memory-cache", "collector-gateway"},
        "memory-traffic": {"memory-api"},
        "recorder": set(),
    }


def test_programs_start_after_their_volumes_and_files_are_there(docker_stack: Deployment) -> None:
    directories = docker_stack.of(HOST_DIRECTORY)
    for workload, _ in programs(docker_stack):
        first = set(docker_stack.containers[workload.name].depends_on)
        assert docker_stack.containers["prepare"].urn in first, workload.name
        wanted = [*(["config"] if workload.config else []), *(["secrets"] if workload.secrets else [])]
        for kind in wanted:
            assert directories[f"monitoring-{workload.name}-{kind}"].urn in first, (workload.name, kind)


def test_configuration_is_written_after_the_secrets_it_refers_to(docker_stack: Deployment) -> None:
    directories = docker_stack.of(HOST_DIRECTORY)
    both = [workload.name for workload in docker_stack.program.workloads if workload.config and workload.secrets]
    assert "prometheus" in both
    for name in both:
        config, secrets = directories[f"monitoring-{name}-config"], directories[f"monitoring-{name}-secrets"]
        assert secrets.urn in config.depends_on, name


def test_environment_that_names_a_password_names_a_file_below_run_secrets(docker_stack: Deployment) -> None:
    found = 0
    for workload, inputs in programs(docker_stack):
        for entry in inputs["envs"]:
            key, _, value = entry.partition("=")
            if "PASS" in key or "SECRET" in key or "TOKEN" in key:
                # Grafana reads any value so; the others have variables of their own for files.
                path = value.removeprefix("$__file{").removesuffix("}")
                assert "FILE" in key or path != value, workload.name
                assert path.startswith("/run/secrets/"), workload.name
                assert path.removeprefix("/run/secrets/") in workload.secrets, workload.name
                found += 1
    assert found


def test_built_images_leave_out_grafana_and_the_rest_does_without(deployed: Deploy) -> None:
    registry, built = deployed("dev"), deployed("dev", images=BUILT)
    assert set(built.program.missing) == {"grafana"}
    assert all(len(why) > 20 for why in built.program.missing.values())
    assert registry.program.missing == {}
    assert "grafana" not in names(built) | set(jobs(built))
    assert content(built) == []
    assert not [name for name in built.of(PASSWORD) if name.endswith("grafanaAdminPassword")]
    images = {container.inputs["image"] for container in built.containers.values()}
    assert images
    assert all(image.startswith("monitoring/") for image in images), images


def test_an_image_of_ones_own_brings_back_what_could_not_be_built(deployed: Deploy) -> None:
    mirrored = {"source": "built", "overrides": {"grafana": "mirror.example.com/grafana:13"}}
    stack = deployed("dev", images=mirrored)
    assert stack.program.missing == {}
    assert stack.container("grafana")["image"] == "mirror.example.com/grafana:13"
    assert stack.first_of("grafana") == {"prepare", "prometheus", "victorialogs", "jaeger"}


def _without_the_one_machine(text: str) -> str:
    """A file without what silences alerts while the machine is busy that a Docker stack is alone on."""
    own = r"- name: '(aftermath: )?pressure: node-exporter.*?(?=- name: )"
    return re.sub(own, "", text, flags=re.DOTALL)


def test_kubernetes_runs_the_same_programs_with_the_same_files(deployed: Deploy) -> None:
    docker, kubernetes = deployed("prod", runtime="docker"), deployed("prod")
    # Where pods' log files are says their names.
    assert names(docker) - names(kubernetes) == {"container-names"}
    compared = 0
    for name in names(kubernetes):
        if name in ("prometheus", "runbooks", "collector-agent"):
            # Links lead to other addresses, pages have the commands of their own runtime, log files another form.
            continue
        files = docker.files(name)
        maps = kubernetes.of(CONFIG_MAP)
        if files:
            data = maps[f"monitoring-{name}-config"].inputs["data"]
            there = {key.replace("__", "/"): text for key, text in data.items()}
            assert there == {key: _without_the_one_machine(text) for key, text in files.items()}, name
            compared += 1
    assert compared == len(kubernetes.of(CONFIG_MAP)) - 3 >= 4
    assert not kubernetes.of(CONTAINER)
