"""What a command works on: the stack file as written, as changed for this machine, and as it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from operations.target import LoadedTarget, load_target
from settings.errors import ConfigurationError
from tests.stacks import ROOT, stack_file


@pytest.fixture
def target(tmp_path: Path) -> LoadedTarget:
    """The dev stack under another name, with its folder in a temporary place."""
    return load_target("kettle", stack_file(tmp_path))


def kept(target: LoadedTarget) -> dict[str, object]:
    document: dict[str, object] = yaml.safe_load(target.effective_file.read_text(encoding="utf-8"))
    return document


def test_the_stacks_folder_is_where_its_runtimes_section_says(target: LoadedTarget, tmp_path: Path) -> None:
    assert target.directory == tmp_path / "state" / "kettle"
    assert target.effective_file == target.directory / "stack.yaml"


def test_the_effective_file_says_where_images_come_from_and_keeps_pulumis_salt(target: LoadedTarget) -> None:
    target.directory.mkdir(parents=True)
    target.effective_file.write_text("encryptionsalt: v1:salt\nconfig: {}\n", encoding="utf-8")
    target.with_image_source("built").keep_settings()
    document = yaml.safe_load(target.effective_file.read_text(encoding="utf-8"))
    assert document["encryptionsalt"] == "v1:salt"
    assert document["config"]["monitoring:images"] == {"source": "built"}
    assert document["config"]["monitoring:services"][0]["name"] == "memory-api"
    assert target.directory.stat().st_mode & 0o077 == 0
    assert target.effective_file.stat().st_mode & 0o077 == 0


def test_without_a_change_the_kept_file_says_what_its_owner_wrote(target: LoadedTarget) -> None:
    target.keep_settings()
    assert kept(target) == yaml.safe_load(target.file.read_text(encoding="utf-8"))


def test_what_is_kept_extends_nothing_and_has_what_both_files_say(tmp_path: Path) -> None:
    secret = {"secure": "v1:x"}
    file = stack_file(tmp_path, base=None, extends="shared.yaml", retention={"metrics": "40d"}, shopSlack=secret)
    shared = {
        "monitoring:services": [{"name": "api", "kind": "http", "target": "api:1"}],
        "monitoring:retention": {"logs": "3d"},
        "monitoring:receivers": {"chat": {"slack": {"webhook": "shopSlack"}}},
        "monitoring:alerting": {"default": "chat"},
    }
    (tmp_path / "shared.yaml").write_text(yaml.safe_dump({"config": shared}), encoding="utf-8")
    target = load_target("kettle", file)
    target.keep_settings()
    config = yaml.safe_load(target.effective_file.read_text(encoding="utf-8"))["config"]
    assert config["monitoring:retention"] == {"metrics": "40d", "logs": "3d"}
    assert config["monitoring:shopSlack"] == {"secure": "v1:x"}
    assert "monitoring:extends" not in config
    assert load_target("kettle", target.effective_file).program.settings == target.program.settings


def test_another_image_source_keeps_what_else_is_said_about_images(tmp_path: Path) -> None:
    overrides = {"prometheus": "mirror.example.com/prometheus:3"}
    target = load_target("kettle", stack_file(tmp_path, images={"source": "registry", "overrides": overrides}))
    built = target.with_image_source("built").program
    assert (built.settings.images.source, built.settings.images.overrides) == ("built", overrides)
    assert built.images["prometheus"] == overrides["prometheus"]
    assert target.program.settings.images.source == "registry"


def test_content_from_files_is_the_programs_and_not_the_stack_files(target: LoadedTarget) -> None:
    changed = target.with_file_content()
    assert changed.program.settings.grafana.content == "files"
    assert changed.raw == target.raw


def test_every_resource_is_captured_as_it_would_stand_in_a_tree(target: LoadedTarget) -> None:
    captured = target.with_file_content().captured()
    directories = [found.inputs["path"] for found in captured if found.type.endswith(":HostDirectory")]
    assert directories
    assert all(path.startswith("./") for path in directories)


def test_what_was_deployed_wins_over_what_the_file_says_now(target: LoadedTarget, tmp_path: Path) -> None:
    assert target.as_deployed() is target
    target.with_image_source("built").keep_settings()
    services = [{"name": "site", "kind": "probe", "target": "example.com:443", "protocol": "https"}]
    deployed = load_target("kettle", stack_file(tmp_path, services=services)).as_deployed()
    assert deployed.file == target.effective_file
    assert deployed.program.settings.images.source == "built"
    assert deployed.program.settings.services == target.program.settings.services


@pytest.mark.parametrize("name", ["Dev", "a b", "../x", ""])
def test_an_unusable_stack_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"stack: found .*Allowed: lower-case letters and digits"):
        load_target(name, ROOT / "Pulumi.dev.yaml")


def test_a_stack_without_a_file_says_so() -> None:
    with pytest.raises(ConfigurationError, match=r"Copy Pulumi\.dev\.yaml and edit its services"):
        load_target("nowhere")
