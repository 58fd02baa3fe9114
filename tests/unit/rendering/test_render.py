"""The tree: the program's effect as files, the same on every run and without secrets."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from program.prepare import prepare_program
from rendering.render import program_in_tree, render_tree
from settings.stackfile import read_stack_file
from tests.conftest import ROOT
from tests.plans import raw_configuration


def test_the_docker_tree_is_a_compose_project_with_its_files_and_three_pages(tree: dict[str, str]) -> None:
    others = {name for name in tree if not name.startswith("config/")}
    assert others == {"README.md", "compose.yaml", "resources.yaml", "secrets.md"}
    assert list(tree) == sorted(tree)
    mounted = {
        mount["source"].removeprefix("./")
        for service in yaml.load(tree["compose.yaml"], yaml.CSafeLoader)["services"].values()
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
        for service in yaml.load(tree["compose.yaml"], yaml.CSafeLoader)["services"].values()
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
    program = program_in_tree(read_stack_file(stack_file), "dev")
    rendered = "".join(render_tree(program).values())
    assert not [word for word in ("THESALT", "THECIPHERTEXT", "<secret ", "<bcrypt of secret ") if word in rendered]


def test_rendering_twice_gives_the_same_tree(tree: dict[str, str]) -> None:
    program = program_in_tree(raw_configuration("dev"), "dev")
    assert render_tree(program) == tree
    # `make up` asks for the project alone.
    assert render_tree(program)["compose.yaml"] == tree["compose.yaml"]


def test_resources_of_other_providers_are_in_the_tree_with_stand_ins_for_secrets() -> None:
    tree = render_tree(prepare_program(raw_configuration("dev"), "dev"))
    others = yaml.load(tree["resources.yaml"], yaml.CSafeLoader)
    assert {kind.split(":")[0] for kind in others} == {"grafana"}
    source = others["grafana:oss/dataSource:DataSource"]["monitoring-grafana-content-prometheus"]
    assert source["secureJsonDataEncoded"] == '{"basicAuthPassword": "<secret prometheusPassword>"}'
    assert source["basicAuthEnabled"] is True


def test_what_is_left_out_is_said_in_the_tree(tree: dict[str, str]) -> None:
    program = prepare_program(raw_configuration("dev", {"images": {"source": "built"}}), "dev")
    readme = render_tree(program)["README.md"]
    assert re.findall(r"- (\S+) is left out: ", readme) == ["grafana"]
    assert "left out" not in tree["README.md"]


def test_a_tree_that_an_engine_will_not_follow_carries_grafanas_content(tree: dict[str, str]) -> None:
    assert [name for name in tree if name.startswith("config/grafana/") and "dashboards" in name]
    assert "grafana:" not in tree["resources.yaml"]


def test_a_tree_that_stands_beside_an_engine_leaves_the_content_to_the_provider() -> None:
    program = program_in_tree(raw_configuration("prod"), "prod")
    assert program.settings.grafana.content == "provider"
    tree = render_tree(program)
    assert "grafana:oss/dashboard:Dashboard" in tree["resources.yaml"]
    assert "kubernetes:" not in tree["resources.yaml"]
