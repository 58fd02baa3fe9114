"""Rendering: the program's effect as plain data and as a tree of files, the same on every run and without secrets."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_docker as docker
import pulumi_random as random
import pytest
import yaml

from components.shared import to_yaml
from program.prepare import prepare_program
from rendering import __main__ as command
from rendering.render import render_tree
from runtimes.capture import CapturedResource, DuplicateResourceError, capture
from runtimes.docker.render import compose_project, is_secret_directory, project_files
from runtimes.files import read_directory
from settings.stackfile import read_stack_file
from tests.conftest import CONTAINER, HOST_DIRECTORY, ROOT, Deploy, Deployment, raw_configuration

# --- Capturing -------------------------------------------------------------------------------------------------------


class Thing(pulumi.CustomResource):
    """A resource that takes any input."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        super().__init__("tests:index:Thing", name, inputs, opts)


def captured(program: Callable[[], object], **config: str) -> list[CapturedResource]:
    def run() -> None:
        program()

    return capture(run, stack="test", config={f"monitoring:{key}": value for key, value in config.items()})


def inputs_of(program: Callable[[], object]) -> Mapping[str, Any]:
    (found,) = captured(program)
    return found.inputs


def test_whole_numbers_are_whole_again_and_broken_ones_stay() -> None:
    inputs = inputs_of(lambda: Thing("a", port=9090, share=0.5, sizes=[1, 2.0, 2.5], deep={"retries": 3}, yes=True))
    assert inputs == {"deep": {"retries": 3}, "port": 9090, "share": 0.5, "sizes": [1, 2, 2.5], "yes": True}
    numbers = [inputs["port"], *inputs["sizes"][:2], inputs["deep"]["retries"]]
    assert [type(number) for number in numbers] == [int, int, int, int]
    assert inputs["yes"] is True


def test_keys_are_sorted_at_every_depth_and_lists_keep_their_order() -> None:
    inputs = inputs_of(lambda: Thing("a", z=1, a={"y": 1, "b": {"x": 1, "c": 1}}, order=["second", "first"]))
    assert list(inputs) == ["a", "order", "z"]
    assert list(inputs["a"]) == ["b", "y"]
    assert list(inputs["a"]["b"]) == ["c", "x"]
    assert inputs["order"] == ["second", "first"]


def test_inputs_that_are_not_given_are_not_there() -> None:
    assert inputs_of(lambda: Thing("a", given="", left_out=None)) == {"given": ""}


def test_resources_are_sorted_by_urn_whatever_the_order_of_the_program() -> None:
    def program() -> None:
        for name in ("zebra", "ant", "mole"):
            Thing(name)

    assert [found.name for found in captured(program)] == ["ant", "mole", "zebra"]


def test_a_second_resource_of_the_same_type_and_name_is_refused() -> None:
    def program() -> None:
        Thing("twin", value=1)
        Thing("twin", value=2)

    with pytest.raises(DuplicateResourceError, match=r"tests:index:Thing::twin is registered twice"):
        captured(program)


def test_the_same_name_below_another_parent_or_of_another_type_is_no_duplicate() -> None:
    def program() -> None:
        Thing("twin")
        Thing("twin", pulumi.ResourceOptions(parent=pulumi.ComponentResource("tests:index:Parent", "parent")))
        pulumi.ComponentResource("tests:index:Other", "twin")

    assert [found.name for found in captured(program)].count("twin") == 3


def test_secrets_are_unwrapped_and_it_is_known_which_inputs_were_secret() -> None:
    def program() -> None:
        Thing("a", password=pulumi.Output.secret("p"), plain="q", deep={"inner": [pulumi.Output.secret("r")]})

    (found,) = captured(program)
    assert found.inputs == {"deep": {"inner": ["r"]}, "password": "p", "plain": "q"}
    assert found.secrets == {"password", "deep"}


def test_a_generated_password_is_a_readable_stand_in() -> None:
    def program() -> None:
        password = random.RandomPassword("stack-secrets-kettlePassword", length=32)
        Thing("a", password=password.result, hash=password.bcrypt_hash)

    found = {resource.name: resource for resource in captured(program)}["a"]
    assert found.inputs == {
        "hash": "<bcrypt of secret kettlePassword>",
        "password": "<secret kettlePassword>",
    }


def test_an_image_is_shown_by_its_reference_because_its_id_is_not_known() -> None:
    def program() -> None:
        image = docker.RemoteImage("image", name="prom/prometheus:v3")
        docker.Container("container", image=image.image_id, name="prometheus")

    found = {resource.name: resource for resource in captured(program)}
    assert found["container"].inputs["image"] == "prom/prometheus:v3"
    assert found["container"].inputs_from["image"] == (found["image"].urn,)


def test_options_that_decide_about_replacement_and_order_are_kept() -> None:
    def program() -> None:
        first = Thing("first")
        options = pulumi.ResourceOptions(depends_on=[first], replace_on_changes=["a", "b"], delete_before_replace=True)
        Thing("second", options)

    found = {resource.name: resource for resource in captured(program)}
    assert found["second"].depends_on == (found["first"].urn,)
    assert found["second"].replace_on_changes == ("a", "b")
    assert found["second"].delete_before_replace
    assert not found["first"].delete_before_replace
    assert (found["first"].depends_on, found["first"].replace_on_changes) == ((), ())


def test_components_are_told_from_resources_and_have_children() -> None:
    def program() -> None:
        Thing("child", pulumi.ResourceOptions(parent=pulumi.ComponentResource("tests:index:Parent", "parent")))

    found = {resource.name: resource for resource in captured(program)}
    assert (found["parent"].custom, found["child"].custom) == (False, True)
    assert found["child"].parent == found["parent"].urn


def test_a_program_sees_its_stack_its_project_and_its_configuration() -> None:
    seen: list[object] = []

    def program() -> None:
        seen.extend([pulumi.get_stack(), pulumi.get_project(), pulumi.Config().require("colour")])
        seen.append(pulumi.Config().get_secret("absent"))

    assert captured(program, colour="blue") == []
    assert seen == ["test", "monitoring", "blue", None]


def test_a_program_that_asks_a_provider_is_refused_because_there_is_none() -> None:
    with pytest.raises(Exception, match="docker:index/getNetwork:getNetwork: the program must not need a provider"):
        captured(lambda: docker.get_network(name="bridge"))


def test_an_error_in_the_program_is_the_error_of_the_capture() -> None:
    def program() -> None:
        Thing("a")
        raise ZeroDivisionError("in the program")

    with pytest.raises(ZeroDivisionError, match="in the program"):
        captured(program)
    assert [found.name for found in captured(lambda: Thing("b"))] == ["b"]


def test_captures_do_not_see_each_other() -> None:
    def program() -> None:
        Thing("thing", configured=pulumi.Config().get("colour") or "none")

    found = [captured(program, colour="blue"), captured(program), captured(program, colour="red")]
    assert [[resource.inputs["configured"] for resource in one] for one in found] == [["blue"], ["none"], ["red"]]


# --- Compose ---------------------------------------------------------------------------------------------------------

# What only a provider does: waiting, and what Compose says with `restart: no` and `service_completed_successfully`.
PROVIDER_ONLY = {"wait", "waitTimeout", "mustRun", "attach", "destroyGraceSeconds"}


@pytest.fixture
def dev(deployed: Deploy) -> Deployment:
    """The dev stack as it is rendered, with a foreign network besides."""
    return deployed("dev", grafana={"content": "files"}, docker={"networks": ["shop_default"]})


@pytest.fixture
def project(dev: Deployment) -> dict[str, Any]:
    """The Compose project after a round through YAML, as Compose reads it."""
    found: dict[str, Any] = yaml.safe_load(to_yaml(compose_project(dev.resources, "monitoring-dev")))
    return found


def unescaped(values: Sequence[str]) -> list[str]:
    assert all("$" not in value.replace("$$", "") for value in values), values
    return [value.replace("$$", "$") for value in values]


def as_the_provider_says_it(service: Mapping[str, Any]) -> dict[str, Any]:
    """A Compose service in the words of pulumi-docker: what both must agree on."""
    said: dict[str, Any] = {
        "name": service["container_name"],
        "image": service["image"],
        "command": unescaped(service.get("command", [])),
        "user": service["user"],
        "readOnly": service["read_only"],
        "capabilities": {
            "adds": [f"CAP_{name}" for name in service.get("cap_add", [])],
            "drops": service["cap_drop"],
        },
        "securityOpts": service["security_opt"],
        "memory": service["mem_limit"] // 1024**2,
        "memorySwap": service["memswap_limit"] // 1024**2,
        "restart": service["restart"],
        "labels": [{"label": key, "value": value} for key, value in service["labels"].items()],
        "logDriver": service["logging"]["driver"],
        "logOpts": service["logging"]["options"],
        "volumes": [
            {
                "hostPath" if mount["type"] == "bind" else "volumeName": mount["source"],
                "containerPath": mount["target"],
                **({"readOnly": True} if mount.get("read_only") else {}),
            }
            for mount in service["volumes"]
        ],
        "ports": [
            {"ip": ip, "external": int(external), "internal": int(internal), "protocol": "tcp"}
            for ip, external, internal in (port.split(":") for port in service.get("ports", []))
        ],
        "envs": unescaped(service.get("environment", [])),
    }
    if "entrypoint" in service:
        said["entrypoints"] = unescaped(service["entrypoint"])
    if "cpus" in service:
        said["cpus"] = str(float(service["cpus"]))
    if "pid" in service:
        said["pidMode"] = service["pid"]
    if "network_mode" in service:
        said["networkMode"] = service["network_mode"]
    if "networks" in service:
        said["networksAdvanced"] = [
            {"name": name, **({"aliases": options["aliases"]} if options else {})}
            for name, options in service["networks"].items()
        ]
    if "ulimits" in service:
        said["ulimits"] = [{"name": name, **limit} for name, limit in service["ulimits"].items()]
    if "tmpfs" in service:
        said["tmpfs"] = dict(entry.split(":", 1) for entry in service["tmpfs"])
    if "stop_grace_period" in service:
        said["stopTimeout"] = int(service["stop_grace_period"].removesuffix("s"))
    if "healthcheck" in service:
        check = service["healthcheck"]
        said["healthcheck"] = {
            "tests": unescaped(check["test"]),
            "interval": check["interval"],
            "timeout": check["timeout"],
            "startPeriod": check["start_period"],
            "retries": check["retries"],
        }
    return said


def without_nothing(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs that say something: an empty list of ports is no ports."""
    return {
        key: {inner: found for inner, found in value.items() if found != []} if key == "capabilities" else value
        for key, value in inputs.items()
        if value != []
    }


def test_compose_runs_the_same_containers_down_to_every_setting(dev: Deployment, project: dict[str, Any]) -> None:
    assert set(project["services"]) == set(dev.containers)
    for name, container in dev.containers.items():
        said = without_nothing(as_the_provider_says_it(project["services"][name]))
        asked = {key: value for key, value in container.inputs.items() if key not in PROVIDER_ONLY}
        assert said == without_nothing(asked), name


def test_compose_starts_programs_in_the_same_order(dev: Deployment, project: dict[str, Any]) -> None:
    for name, service in project["services"].items():
        assert service.get("depends_on", {}) == {
            other: {"condition": "service_completed_successfully" if other == "prepare" else "service_healthy"}
            for other in dev.first_of(name)
        }, name


def test_compose_uses_the_same_volumes_and_networks_under_the_same_names(
    dev: Deployment, project: dict[str, Any]
) -> None:
    volumes = {found.inputs["name"] for found in dev.of("docker:index/volume:Volume").values()}
    assert project["volumes"] == {name: {"name": name} for name in volumes}
    assert "monitoring-dev-prometheus-data" in volumes
    # Docker's own volume is not to be prefixed once more by Compose, and a network of others not to be made.
    assert project["name"] == "monitoring-dev"
    assert project["networks"] == {
        "monitoring-dev": {"name": "monitoring-dev", "labels": {"monitoring.stack": "dev"}},
        "shop_default": {"name": "shop_default", "external": True},
    }


def test_compose_takes_images_that_are_there_already(project: dict[str, Any]) -> None:
    assert {service["pull_policy"] for service in project["services"].values()} == {"missing"}


def test_a_dollar_is_escaped_wherever_compose_would_replace_it() -> None:
    container = CapturedResource(
        urn="urn",
        type=CONTAINER,
        name="monitoring-test-kettle",
        inputs={
            "name": "monitoring-test-kettle",
            "image": "kettle:1",
            "entrypoints": ["sh", "-c", "echo $HOME"],
            "command": ["--price=$5", "$${kept}"],
            "envs": ["PRICE=$5"],
            "user": "1:1",
            "readOnly": True,
            "capabilities": {"drops": ["ALL"]},
            "securityOpts": [],
            "memory": 64,
            "memorySwap": 64,
            "restart": "no",
            "labels": [],
            "logDriver": "json-file",
            "logOpts": {},
            "healthcheck": {
                "tests": ["CMD", "sh", "-c", 'test "$login"'],
                "interval": "5s",
                "timeout": "5s",
                "startPeriod": "5s",
                "retries": 1,
            },
        },
        custom=True,
        depends_on=(),
    )
    service = compose_project([container], "monitoring-test")["services"]["kettle"]
    assert service["entrypoint"] == ["sh", "-c", "echo $$HOME"]
    assert service["command"] == ["--price=$$5", "$$$${kept}"]
    assert service["environment"] == ["PRICE=$$5"]
    assert service["healthcheck"]["test"] == ["CMD", "sh", "-c", 'test "$$login"']


def test_the_projects_files_are_the_configuration_of_every_program_and_no_secret(dev: Deployment) -> None:
    files = project_files(dev.resources)
    directories = dev.of(HOST_DIRECTORY).values()
    assert {found.name for found in directories if is_secret_directory(found)} == {
        f"monitoring-dev-{workload.name}-secrets" for workload in dev.program.workloads if workload.secrets
    }
    expected = {
        f"config/{workload.name}/{name}": text
        for workload in dev.program.workloads
        if workload.config
        for name, text in workload.config.files.items()
    }
    assert files == expected


def test_the_project_holds_no_secret_even_when_secrets_are_known(deployed: Deploy) -> None:
    values = {"memoryDbMonitorPassword": "value-of-the-first", "memoryCachePassword": "value-of-the-second"}
    stack = deployed("dev", secrets=values, grafana={"content": "files"})
    text = to_yaml(compose_project(stack.resources, "monitoring-dev"))
    text += "".join(project_files(stack.resources).values())
    assert not [value for value in (*values.values(), "<secret ", "<bcrypt ") if value in text]


# --- The tree --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tree() -> dict[str, str]:
    """What `make render` writes for the dev stack."""
    return render_tree(prepare_program(raw_configuration("dev"), "dev", grafana_content="files"))


def test_the_docker_tree_is_a_compose_project_with_its_files_and_three_pages(tree: dict[str, str]) -> None:
    others = {name for name in tree if not name.startswith("config/")}
    assert others == {"README.md", "compose.yaml", "resources.yaml", "secrets.md"}
    assert list(tree) == sorted(tree)
    mounted = {
        mount["source"].removeprefix("./")
        for service in yaml.safe_load(tree["compose.yaml"])["services"].values()
        for mount in service["volumes"]
        if mount["type"] == "bind" and mount["source"].startswith("./config/")
    }
    assert {name.rsplit("/", len(Path(name).parts) - 2)[0] for name in tree if name.startswith("config/")} == mounted


def test_the_tree_says_which_secret_files_must_exist_by_name_only(tree: dict[str, str]) -> None:
    page = tree["secrets.md"]
    assert "| prometheus | `web.yml` | `basic_auth_users:\\n  admin: <bcrypt of prometheusPassword>\\n` |" in page
    assert "| memory-db | `monitor-password` | `<memoryDbMonitorPassword>` |" in page
    assert set(page.rpartition("Secrets in all: ")[2].strip().removesuffix(".").split(", ")) == {
        *("alertmanagerPassword", "grafanaAdminPassword", "prometheusPassword"),
        *("memoryCachePassword", "memoryDbMonitorPassword", "memoryDbPassword"),
    }
    mounted = {
        mount["source"].removeprefix("./secrets/")
        for service in yaml.safe_load(tree["compose.yaml"])["services"].values()
        for mount in service["volumes"]
        if mount["source"].startswith("./secrets/")
    }
    listed = {line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if line.startswith("| ")}
    assert listed - {"workload", "---"} == mounted


def test_the_tree_holds_no_secret_and_no_ciphertext(tmp_path: Path) -> None:
    text = (ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    stack_file = tmp_path / "Pulumi.dev.yaml"
    stack_file.write_text(
        f"encryptionsalt: v1:THESALT\n{text}  monitoring:memoryDbPassword:\n    secure: v1:THECIPHERTEXT\n",
        encoding="utf-8",
    )
    program = prepare_program(read_stack_file(stack_file), "dev", grafana_content="files")
    rendered = "".join(render_tree(program).values())
    assert not [word for word in ("THESALT", "THECIPHERTEXT", "<secret ", "<bcrypt of secret ") if word in rendered]


def test_rendering_twice_gives_the_same_tree(tree: dict[str, str]) -> None:
    program = prepare_program(raw_configuration("dev"), "dev", grafana_content="files")
    assert render_tree(program) == tree
    # `make up` asks for the project alone.
    assert render_tree(program)["compose.yaml"] == tree["compose.yaml"]


def test_resources_of_other_providers_are_in_the_tree_with_stand_ins_for_secrets() -> None:
    tree = render_tree(prepare_program(raw_configuration("dev"), "dev"))
    others = yaml.safe_load(tree["resources.yaml"])
    assert {kind.split(":")[0] for kind in others} == {"grafana", "random"}
    source = others["grafana:oss/dataSource:DataSource"]["grafana-content-prometheus"]
    assert source["secureJsonDataEncoded"] == '{"basicAuthPassword": "<secret prometheusPassword>"}'
    assert source["basicAuthEnabled"] is True


def test_what_is_left_out_is_said_in_the_tree(tree: dict[str, str]) -> None:
    program = prepare_program(raw_configuration("dev", {"images": {"source": "built"}}), "dev")
    readme = render_tree(program)["README.md"]
    for name in ("grafana", "tempo"):
        assert f"- {name} is left out: " in readme
    assert "left out" not in tree["README.md"]


# --- The command -----------------------------------------------------------------------------------------------------


def start(*arguments: str, seed: str) -> subprocess.Popen[str]:
    """`python -m rendering` in a process of its own, with its own order of sets and no environment to lean on."""
    environment = {"PYTHONHASHSEED": seed, "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.Popen(
        [sys.executable, "-m", "rendering", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def two_trees(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Both stacks, rendered by two processes at once."""
    folder = tmp_path_factory.mktemp("rendered")
    processes = [start("--output", str(folder / seed), seed=seed) for seed in ("1", "2")]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    return folder / "1", folder / "2"


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_processes_write_the_same_bytes(two_trees: tuple[Path, Path]) -> None:
    first, second = (bytes_of(tree) for tree in two_trees)
    assert {name.split("/")[0] for name in first} == {"dev", "prod"}
    assert list(first.keys() ^ second.keys()) == []
    assert [name for name in first if first[name] != second[name]] == []


def test_the_command_writes_the_tree_that_the_program_describes(
    two_trees: tuple[Path, Path], tree: dict[str, str]
) -> None:
    assert read_directory(two_trees[0] / "dev") == tree


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["rendering", *arguments])
    return command.main()


@pytest.fixture
def written(tmp_path: Path, tree: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the dev stack's tree, current."""
    for name, text in tree.items():
        path = tmp_path / "rendered" / "dev" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    # What the program describes is rendered once; the processes above go the whole way.
    monkeypatch.setattr(command, "render_tree", lambda _: tree)
    return tmp_path / "rendered"


def test_a_current_tree_passes_the_check_and_is_not_written_again(
    written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_ino for path in written.rglob("*")}
    assert run(monkeypatch, "--check", "--stack", "dev", "--output", str(written)) == 0
    assert run(monkeypatch, "--stack", "dev", "--output", str(written)) == 0
    assert {path: path.stat().st_ino for path in written.rglob("*")} == before
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("damage", ["changed", "removed", "added"])
def test_a_stale_tree_fails_the_check_which_says_what_to_do_and_writes_nothing(
    written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    path = written / "dev" / "config" / "loki" / "loki.yaml"
    if damage == "changed":
        path.write_text(path.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    elif damage == "removed":
        path.unlink()
    else:
        (path.parent / "more.yaml").write_text("a: 1\n", encoding="utf-8")
    before = bytes_of(written)
    assert run(monkeypatch, "--check", "--stack", "dev", "--output", str(written)) == 1
    assert capsys.readouterr().err == "rendered/dev is stale: run `make render` and commit what changed\n"
    assert bytes_of(written) == before


def test_a_stale_tree_is_made_current_by_rendering(
    written: Path, monkeypatch: pytest.MonkeyPatch, tree: dict[str, str]
) -> None:
    (written / "dev" / "gone.yaml").write_text("left over\n", encoding="utf-8")
    assert run(monkeypatch, "--stack", "dev", "--output", str(written)) == 0
    assert read_directory(written / "dev") == tree


def test_secret_files_that_somebody_put_beside_the_tree_are_neither_stale_nor_removed(
    written: Path, monkeypatch: pytest.MonkeyPatch, tree: dict[str, str]
) -> None:
    own = written / "dev" / "secrets" / "loki" / "password"
    own.parent.mkdir(parents=True)
    own.write_text("theirs", encoding="utf-8")
    assert run(monkeypatch, "--check", "--stack", "dev", "--output", str(written)) == 0
    (written / "dev" / "compose.yaml").unlink()
    assert run(monkeypatch, "--stack", "dev", "--output", str(written)) == 0
    assert read_directory(written / "dev") == {**tree, "secrets/loki/password": "theirs"}


def test_the_status_of_the_process_is_the_status_of_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rendering", "--check", "--stack", "prod", "--output", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "rendering" / "__main__.py"), run_name="__main__")
    assert ended.value.code == 1
    assert capsys.readouterr().err == "rendered/prod is stale: run `make render` and commit what changed\n"
    assert list(tmp_path.iterdir()) == []


def test_mistakes_in_a_stack_file_are_told_with_a_status_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--stack", "nowhere", "--output", str(tmp_path)) == 2
    assert "Pulumi.nowhere.yaml: found no such file" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
