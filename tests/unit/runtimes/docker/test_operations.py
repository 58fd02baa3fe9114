"""Up, down and destroy on Docker: which way a stack is deployed, where its images come from, and what is removed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError, NotFound

from images.catalog import load_catalog
from operations.target import LoadedTarget, load_target
from runtimes.console import Failure
from runtimes.docker import operations
from runtimes.operations import Engine
from runtimes.operations import Target as AnyTarget
from settings.errors import ConfigurationError
from tests.fakes import FakeContainer, FakeDaemon, FakeEngine, Removable
from tests.stacks import stack_file


@dataclass
class Workshop:
    """What would build, pull and compose, written down instead."""

    daemon: FakeDaemon
    built: list[str] = field(default_factory=list)
    pulled: list[str] = field(default_factory=list)
    composed: list[LoadedTarget] = field(default_factory=list)
    unpulled: dict[str, str] = field(default_factory=dict)
    registry: bool = True
    # What images.catalog names for what is built; what is made there is on the daemon afterwards.
    references: dict[str, str] = field(default_factory=dict)

    def build(self, names: list[str], report: Callable[[str], None]) -> None:
        self.built += names
        for name in names:
            report(f"{name}: built")
            self.daemon.image_ids[self.references.get(name, name)] = "id"

    def pull(self, names: list[str], report: Callable[[str], None]) -> dict[str, str]:
        # As images.registry does: what has no upstream is passed over.
        catalog = load_catalog()
        pulled = [name for name in names if catalog[name].registry]
        self.pulled += pulled
        self.daemon.image_ids |= {catalog[name].reference("registry"): "id" for name in pulled}
        return self.unpulled

    def compose(self, target: LoadedTarget, client: object, rotated: Collection[str]) -> bool:
        assert client is self.daemon
        self.composed.append(target)
        return True


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch, daemon: FakeDaemon) -> Workshop:
    found = Workshop(daemon)
    monkeypatch.setattr(operations, "ensure_docker", lambda: daemon)
    monkeypatch.setattr(operations, "docker_client", lambda: daemon)
    monkeypatch.setattr(operations, "check_room", lambda _client: None)
    monkeypatch.setattr(operations, "check_machine", lambda _client, _program: None)
    monkeypatch.setattr(operations, "registry_answers", lambda: found.registry)
    monkeypatch.setattr(operations, "build_images", found.build)
    monkeypatch.setattr(operations, "pull", found.pull)
    monkeypatch.setattr(operations, "compose_up", found.compose)
    return found


def no_engine(_target: AnyTarget) -> tuple[Engine | None, str]:
    return None, "the Pulumi CLI is not installed and cannot be downloaded here"


def complete(target: LoadedTarget, daemon: FakeDaemon) -> None:
    """Every image of the stack is on the daemon."""
    daemon.image_ids |= dict.fromkeys(target.program.images.values(), "id")


# --- Up --------------------------------------------------------------------------------------------------------------


def test_an_engine_that_is_there_deploys_the_stack(
    target: LoadedTarget, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    complete(target, workshop.daemon)
    engine = FakeEngine(changes=False)
    deployed, changed = operations.up(target, lambda _target: (engine, ""))
    assert (deployed, changed) == (target, False)
    assert (engine.deployed, engine.destroyed) == ([target], [])
    assert workshop.composed == []
    assert target.effective_file.exists(), "the engine reads it"
    assert "==> Deploying with Pulumi\n" in capsys.readouterr().err


def test_without_an_engine_compose_does_and_grafanas_content_comes_from_files(
    target: LoadedTarget, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    complete(target, workshop.daemon)
    deployed, changed = operations.up(target, no_engine)
    assert (deployed, changed) == (target, True)
    assert [found.program.settings.grafana.content for found in workshop.composed] == ["files"]
    told = capsys.readouterr().err
    assert "    no Pulumi engine: the Pulumi CLI is not installed and cannot be downloaded here\n" in told
    assert "==> Deploying the rendered Compose project: the same containers, names and files\n" in told


def test_a_stack_from_a_compose_project_stays_one_even_when_an_engine_appears(
    target: LoadedTarget, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    complete(target, workshop.daemon)
    target.directory.mkdir(parents=True)
    (target.directory / "compose.yaml").touch()
    operations.up(target, lambda _target: pytest.fail("nobody should look for an engine"))
    assert len(workshop.composed) == 1
    assert (
        "    this stack runs from its Compose project; `make destroy STACK=kettle` first moves it to Pulumi\n"
        in capsys.readouterr().err
    )


def test_what_is_left_out_is_told(target: LoadedTarget, workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    complete(target, workshop.daemon)
    left_out = replace(target, program=replace(target.program, missing={"grafana": "Its image cannot be had."}))
    operations.up(left_out, no_engine)
    assert "    left out: grafana. Its image cannot be had.\n" in capsys.readouterr().err


def test_a_secret_that_nobody_has_is_told_before_any_image_is_made(tmp_path: Path, workshop: Workshop) -> None:
    workshop.registry = False
    service = {"name": "db", "kind": "postgres", "target": "db:5432", "password": "dbPassword"}
    target = load_target("kettle", stack_file(tmp_path, base=None, services=[service], dbPassword={"secure": "v1:x"}))
    with pytest.raises(ConfigurationError, match=r"services\[0\]\.password .*, and there is no Pulumi engine"):
        operations.up(target, no_engine)
    assert (workshop.built, workshop.pulled, workshop.composed) == ([], [], [])


# --- Images ----------------------------------------------------------------------------------------------------------


def test_images_that_are_there_need_no_registry(
    target: LoadedTarget, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete(target, workshop.daemon)
    monkeypatch.setattr(operations, "registry_answers", lambda: pytest.fail("nobody should be asked"))
    assert operations.with_images(target, _client(workshop)) is target


def test_what_is_missing_is_pulled_and_our_own_code_is_built(target: LoadedTarget, workshop: Workshop) -> None:
    complete(target, workshop.daemon)
    for component in ("prometheus", "demo"):
        del workshop.daemon.image_ids[target.program.images[component]]
    assert operations.with_images(target, _client(workshop)) is target
    assert (workshop.pulled, workshop.built) == (["prometheus"], ["demo"])


def test_what_an_override_names_is_neither_pulled_nor_built(tmp_path: Path, workshop: Workshop) -> None:
    images = {"overrides": {"prometheus": "mirror.example.com/prometheus:3"}}
    target = load_target("kettle", stack_file(tmp_path, images=images))
    complete(target, workshop.daemon)
    del workshop.daemon.image_ids["mirror.example.com/prometheus:3"]
    operations.with_images(target, _client(workshop))
    assert (workshop.pulled, workshop.built) == ([], [])


def test_what_could_not_be_pulled_is_named(target: LoadedTarget, workshop: Workshop) -> None:
    workshop.unpulled = {"prometheus": "timed out"}
    with pytest.raises(Failure) as failure:
        operations.with_images(target, _client(workshop))
    assert str(failure.value) == (
        "Not pulled: prometheus. Check the network and run the command again; what is pulled stays."
    )
    assert "demo" in workshop.built, "what needs no registry is made all the same"


def test_where_no_registry_answers_images_are_built_and_the_rest_is_left_out(
    target: LoadedTarget, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop.registry = False
    workshop.references = dict(target.with_image_source("built").program.images)
    found = operations.with_images(target, _client(workshop))
    assert found.program.settings.images.source == "built"
    assert "grafana" in found.program.missing
    assert "busybox" in workshop.built
    assert "grafana" not in workshop.built
    told = capsys.readouterr().err
    assert (
        "==> No image registry answers: taking images that are built from package registries (images.source: built)\n"
        in told
    )
    assert "    busybox: built\n" in told


def test_an_override_that_nobody_has_made_is_named(tmp_path: Path, workshop: Workshop) -> None:
    overrides = {"cadvisor": "ours/cadvisor:1", "prometheus": "ours/prometheus:3"}
    images = {"source": "built", "overrides": overrides}
    target = load_target("kettle", stack_file(tmp_path, images=images))
    workshop.references = dict(target.program.images)
    with pytest.raises(Failure) as failure:
        operations.with_images(target, _client(workshop))
    assert str(failure.value) == (
        "No image for cadvisor, prometheus: pull or build what images.overrides names, then run the command again."
    )


def test_preparing_makes_the_compose_command_and_every_image(
    target: LoadedTarget, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools: list[str] = []
    monkeypatch.setattr(operations, "tool_path", tools.append)
    complete(target, workshop.daemon)
    del workshop.daemon.image_ids[target.program.images["prometheus"]]
    operations.prepare(target)
    assert (tools, workshop.pulled) == (["compose"], ["prometheus"])


# --- Down and destroy ------------------------------------------------------------------------------------------------


def test_down_stops_what_runs_of_this_stack_and_gives_each_its_time(
    target: LoadedTarget, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = FakeContainer("monitoring-kettle-prometheus", stop_timeout=300)
    usual = FakeContainer("monitoring-kettle-grafana")
    ended = FakeContainer("monitoring-kettle-prepare", status="exited")
    other = FakeContainer("monitoring-kettle-two-prometheus", stack="kettle-two")
    workshop.daemon.running = [slow, usual, ended, other]
    operations.down(target)
    assert [found.calls for found in workshop.daemon.running] == [["stop 300"], ["stop 30"], [], []]
    assert capsys.readouterr().err == "==> Stopping 2 containers of stack kettle; their data stays\n"


def test_only_a_stack_from_a_compose_project_is_destroyed_by_compose(
    target: LoadedTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroyed: list[AnyTarget] = []
    monkeypatch.setattr(operations, "compose_destroy", destroyed.append)
    assert not operations.destroy(target)
    assert destroyed == []
    target.directory.mkdir(parents=True)
    (target.directory / "compose.yaml").touch()
    assert operations.destroy(target)
    assert destroyed == [target]


def test_leftovers_are_removed_by_exact_name(target: LoadedTarget, workshop: Workshop) -> None:
    daemon = workshop.daemon
    daemon.running = [
        FakeContainer("monitoring-kettle-prometheus", status="exited"),
        FakeContainer("monitoring-kettle-two-prometheus", stack="kettle-two"),
    ]
    names = ["monitoring-kettle-tools", "monitoring-kettle-prometheus-data", "monitoring-kettle-two-prometheus-data"]
    daemon.made = {name: Removable(name) for name in names}
    daemon.links = {name: Removable(name) for name in ("monitoring-kettle", "monitoring-kettle-two")}
    operations.remove_leftovers(target)
    assert [found.calls for found in daemon.running] == [["remove"], []]
    assert {name for name, found in {**daemon.made, **daemon.links}.items() if found.removed} == {
        *("monitoring-kettle-tools", "monitoring-kettle-prometheus-data"),
        "monitoring-kettle",
    }


def test_volumes_of_replicas_that_the_settings_no_longer_have_are_removed(
    target: LoadedTarget, workshop: Workshop
) -> None:
    projects = {"kettle-alertmanager-3": "kettle", "kettle-two-alertmanager-3": "kettle-two"}
    workshop.daemon.made = {
        f"monitoring-{name}-data": Removable(f"monitoring-{name}-data", project=f"monitoring-{project}")
        for name, project in projects.items()
    }
    operations.remove_leftovers(target)
    assert [name for name, found in workshop.daemon.made.items() if found.removed] == [
        "monitoring-kettle-alertmanager-3-data"
    ]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("container", "Container monitoring-kettle-grafana could not be removed"),
        ("volume", "Volume monitoring-kettle-tools could not be removed"),
        ("network", "Network monitoring-kettle could not be removed"),
    ],
)
def test_what_cannot_be_removed_is_named_with_the_reason(
    target: LoadedTarget, workshop: Workshop, what: str, told: str
) -> None:
    error, daemon = APIError("conflict", explanation="it is in use - [abc]"), workshop.daemon
    match what:
        case "container":
            daemon.running = [FakeContainer("monitoring-kettle-grafana", error=error)]
        case "volume":
            daemon.made = {"monitoring-kettle-tools": Removable("monitoring-kettle-tools", error)}
        case _:
            daemon.links = {"monitoring-kettle": Removable("monitoring-kettle", error)}
    with pytest.raises(Failure) as failure:
        operations.remove_leftovers(target)
    assert str(failure.value) == f"{told} (it is in use - [abc]): mend it and run the command again."


def test_a_network_that_others_are_in_is_told_with_their_names(target: LoadedTarget, workshop: Workshop) -> None:
    network = Removable("monitoring-kettle", inside=("shop-db", "shop-api"))
    workshop.daemon.links = {"monitoring-kettle": network}
    with pytest.raises(Failure) as failure:
        operations.remove_leftovers(target)
    assert str(failure.value) == (
        "Network monitoring-kettle could not be removed, somebody has put shop-api, shop-db into it:"
        " `docker network disconnect monitoring-kettle shop-api`, and run the command again."
    )
    assert not network.removed


def test_what_is_gone_already_is_no_problem(target: LoadedTarget, workshop: Workshop) -> None:
    workshop.daemon.running = [FakeContainer("monitoring-kettle-grafana", error=NotFound("gone"))]
    workshop.daemon.links = {"monitoring-kettle": Removable("monitoring-kettle", NotFound("gone"))}
    operations.remove_leftovers(target)
    operations.down(target)


def test_a_container_that_does_not_stop_is_named_and_the_others_stop(target: LoadedTarget, workshop: Workshop) -> None:
    stuck = FakeContainer("monitoring-kettle-grafana", error=ConnectionError("timed out"))
    other = FakeContainer("monitoring-kettle-prometheus")
    workshop.daemon.running = [stuck, other]
    with pytest.raises(Failure) as failure:
        operations.down(target)
    assert str(failure.value) == (
        "Container monitoring-kettle-grafana could not be stopped (timed out): mend it and run the command again."
    )
    assert other.status == "exited"


def test_passwords_are_files_that_are_named_and_not_read(target: LoadedTarget) -> None:
    assert list(operations.passwords(target)) == [
        f"user admin; {target.directory}/secrets/<component>/, for example",
        f"{target.directory}/secrets/prometheus/prometheusPassword",
    ]


def _client(workshop: Workshop) -> Any:
    return workshop.daemon
