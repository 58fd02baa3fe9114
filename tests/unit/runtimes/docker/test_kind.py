"""Docker as a kind of runtime: its public addresses, its provider and where its files are."""

from __future__ import annotations

from pathlib import Path

import pulumi

from operations.target import load_target
from runtimes import runtime_kind
from runtimes.capture import capture
from runtimes.docker.runtime import DockerRuntime
from tests.stacks import stack_file
from workloads.program import Program


def program(folder: Path, **sections: object) -> Program:
    return load_target("kettle", stack_file(folder, "kettle", base="dev", **sections)).program


def arguments(found: Program, workload: str) -> tuple[str, ...]:
    return next(one.args for one in found.workloads if one.name == workload)


def test_people_reach_components_on_loopback_at_the_ports_that_the_settings_say(tmp_path: Path) -> None:
    found = program(
        tmp_path, docker={"port_offset": 0, "ports": {"prometheus": 19090, "memory_api": 18000, "otlp_http": 14318}}
    )
    assert found.urls == {
        "alertmanager": "http://127.0.0.1:9093",
        "grafana": "http://127.0.0.1:3000",
        "memory-api": "http://127.0.0.1:18000",
        "prometheus": "http://127.0.0.1:19090",
        "runbooks": "http://127.0.0.1:9096",
    }
    assert found.place.senders == {"otlp-grpc": "http://127.0.0.1:4317", "otlp-http": "http://127.0.0.1:14318"}
    assert "--web.external-url=http://127.0.0.1:19090" in arguments(found, "prometheus")
    assert "--web.external-url=http://127.0.0.1:9093" in arguments(found, "alertmanager")


def test_an_address_that_the_settings_say_wins(tmp_path: Path) -> None:
    sections = {name: {"url": f"https://{name}.example.com"} for name in ("prometheus", "alertmanager", "grafana")}
    found = program(tmp_path, **sections)
    for name in ("prometheus", "alertmanager"):
        assert f"--web.external-url=https://{name}.example.com" in arguments(found, name)
        assert found.urls[name] == f"https://{name}.example.com"
    grafana = next(one for one in found.workloads if one.name == "grafana")
    assert grafana.env["GF_SERVER_ROOT_URL"] == "https://grafana.example.com"


def test_components_know_the_networks_and_the_group_of_the_socket(tmp_path: Path) -> None:
    place = program(tmp_path, docker={"networks": ["shop_default"], "socket_group": 998}).place
    assert (place.networks, place.socket_group) == (("shop_default",), 998)


def test_files_are_in_the_stacks_folder_or_beside_the_tree(tmp_path: Path) -> None:
    found = program(tmp_path)
    runtime = runtime_kind("docker").runtime
    for rendered, directory in ((True, "."), (False, str(tmp_path / "state" / "kettle"))):
        made = runtime(found, rendered=rendered)
        assert isinstance(made, DockerRuntime)
        assert made._site.directory == directory


def test_the_provider_is_the_machines_own_daemon(tmp_path: Path) -> None:
    found = program(tmp_path)

    def run() -> None:
        assert isinstance(runtime_kind("docker").provider(found.settings), pulumi.ProviderResource)

    (made,) = capture(run, stack="kettle", config={})
    assert (made.type, made.name, made.inputs) == ("pulumi:providers:docker", "docker", {})
