"""Bringing a stack up by Compose, with a made-up Compose command and a made-up Docker client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bcrypt
import pytest
import yaml
from docker.errors import NotFound

from operations.target import LoadedTarget, load_target
from runtimes.console import Failure
from runtimes.docker import compose
from runtimes.docker.compose import compose_destroy, compose_up, has_project

ROOT = Path(__file__).resolve().parents[4]
PREFIX = "monitoring-kettle"
UP = "up --detach --remove-orphans --quiet-pull --wait --wait-timeout 360"


class Container:
    """One container and what was done to it."""

    def __init__(self, state: str, started: str = "10:00") -> None:
        running = state in ("healthy", "unhealthy", "starting")
        self.attrs: dict[str, Any] = {
            "Image": "the image",
            "State": {"Running": running, "Status": "running" if running else state, "StartedAt": started},
        }
        if running:
            self.attrs["State"]["Health"] = {"Status": state}
        self.restarts: list[int] = []

    def restart(self, timeout: int) -> None:
        self.restarts.append(timeout)
        self.attrs["State"]["StartedAt"] = "11:00"


class World:
    """A stack, its containers by component, and a Compose command that runs a script."""

    def __init__(self, target: LoadedTarget, folder: Path) -> None:
        self.target = target
        self.containers: dict[str, Container] = {}
        self.reloaded: list[tuple[str, str]] = []
        self.image = "the image"
        self.client: Any = SimpleNamespace(
            containers=SimpleNamespace(get=self._container),
            images=SimpleNamespace(get=lambda _reference: SimpleNamespace(id=self.image)),
        )
        self.program = folder / "compose"
        self._log = folder / "compose.log"
        self.compose("exit 0")

    def compose(self, script: str) -> None:
        """What the Compose command does beside writing down its arguments."""
        self.program.write_text(f'#!/bin/sh\necho "$*" >> {self._log}\n{script}\n', encoding="utf-8")
        self.program.chmod(0o755)

    def commands(self) -> list[str]:
        """What Compose was asked for on the stack's own project, since the last time."""
        lines = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        start = f"--ansi never --progress plain --file {self.target.directory}/compose.yaml "
        assert all(line.startswith(start) for line in lines)
        return [line.removeprefix(start) for line in lines]

    def all_are(self, state: str) -> None:
        self.containers = {workload.name: Container(state) for workload in self.target.program.workloads}

    def reload(self, name: str, how: str) -> None:
        self.reloaded.append((name, how))

    def up(self) -> bool:
        return compose_up(self.target, self.client)

    def _container(self, name: str) -> Container:
        component = name.removeprefix(f"{PREFIX}-")
        if component not in self.containers:
            raise NotFound(name)
        return self.containers[component]


@pytest.fixture
def stack(tmp_path: Path) -> Callable[..., LoadedTarget]:
    def load(**sections: object) -> LoadedTarget:
        document = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
        document["config"]["monitoring:docker"] = {"directory": str(tmp_path / "state")}
        document["config"] |= {f"monitoring:{name}": section for name, section in sections.items()}
        file = tmp_path / "Pulumi.kettle.yaml"
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return load_target("kettle", file).with_file_content()

    return load


@pytest.fixture
def world(stack: Callable[..., LoadedTarget], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(stack(), tmp_path)
    monkeypatch.setattr(compose, "_compose_command", lambda: [str(made.program)])
    dear = bcrypt.gensalt
    monkeypatch.setattr(bcrypt, "gensalt", lambda: dear(rounds=4))
    # Rendering has tests of its own and takes a second.
    monkeypatch.setattr(LoadedTarget, "captured", lambda _target: ())
    monkeypatch.setattr(compose, "compose_text", lambda _captured, stack: f"name: {stack}\n")
    monkeypatch.setattr(compose, "reload_container", made.reload)
    return made


def test_compose_starts_the_written_project_and_waits_until_all_is_healthy(world: World) -> None:
    assert not has_project(world.target.directory)
    assert world.up()
    assert has_project(world.target.directory)
    assert (world.target.directory / "compose.yaml").read_text(encoding="utf-8") == "name: kettle\n"
    assert world.commands() == [UP]
    assert world.target.directory.stat().st_mode & 0o077 == 0
    assert world.reloaded == [], "nothing ran before"


def test_a_stack_that_is_as_it_should_be_is_left_alone(world: World) -> None:
    world.up()
    world.commands()
    world.all_are("healthy")
    assert not world.up()
    assert world.commands() == []


@pytest.mark.parametrize("difference", ["a container is missing", "a container is not healthy", "another image"])
def test_what_differs_is_mended_although_no_file_changed(world: World, difference: str) -> None:
    world.up()
    world.commands()
    world.all_are("healthy")
    match difference:
        case "a container is missing":
            del world.containers["prometheus"]
        case "a container is not healthy":
            world.containers["prometheus"] = Container("starting")
        case _:
            world.image = "a newer image"
    assert world.up()
    assert world.commands() == [UP]


def test_what_runs_on_with_changed_files_reads_them_again(world: World, stack: Callable[..., LoadedTarget]) -> None:
    world.up()
    world.all_are("healthy")
    world.target = stack(alerts={"ServiceDown": {"for": "7m"}})
    prometheus = next(workload for workload in world.target.program.workloads if workload.name == "prometheus")
    assert prometheus.config
    world.up()
    assert (f"{PREFIX}-prometheus", prometheus.config.reload) in world.reloaded
    assert f"{PREFIX}-memory-cache" not in {name for name, _ in world.reloaded}, "its files are the same"


def interrupted(world: World, stack: Callable[..., LoadedTarget]) -> None:
    """Prometheus has new files on the disk, but the run that wrote them failed before anything was reloaded."""
    world.up()
    world.all_are("healthy")
    world.target = stack(alerts={"ServiceDown": {"for": "7m"}})
    world.compose("exit 1")
    failure(world)
    assert world.reloaded == []
    world.compose("exit 0")


def test_what_a_failed_run_wrote_is_read_in_the_next_one(world: World, stack: Callable[..., LoadedTarget]) -> None:
    interrupted(world, stack)
    assert world.up(), "the files are the same, but Prometheus has not read them"
    assert (f"{PREFIX}-prometheus", "signal") in world.reloaded
    world.reloaded.clear()
    assert not world.up()
    assert world.reloaded == []


def test_what_started_again_after_a_failed_run_has_read_its_files(
    world: World, stack: Callable[..., LoadedTarget]
) -> None:
    interrupted(world, stack)
    world.containers["prometheus"] = Container("healthy", started="11:00")
    world.up()
    assert f"{PREFIX}-prometheus" not in {name for name, _ in world.reloaded}


def test_a_project_that_compose_could_not_bring_up_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.up()
    world.all_are("healthy")
    monkeypatch.setattr(compose, "compose_text", lambda _captured, stack: f"name: new-{stack}\n")
    world.compose("exit 1")
    failure(world)
    world.commands()
    world.compose("exit 0")
    assert world.up()
    assert world.commands() == [UP]
    assert not world.up()


def test_a_reload_that_fails_keeps_no_other_from_its_own_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.up()
    world.all_are("healthy")
    kept, again = world.reload, []

    def fail(name: str, how: str) -> None:
        again.append(name)
        if len(again) == 1:
            raise Failure(f"{name} did not become healthy.")
        kept(name, how)

    monkeypatch.setattr(compose, "reload_container", fail)
    with pytest.raises(Failure):
        compose_up(world.target, world.client, ["prometheusPassword"])
    first, *others = again
    assert others, "several read this password"
    assert [name for name, _ in world.reloaded] == others
    world.reloaded.clear()
    assert world.up()
    assert [name for name, _ in world.reloaded] == [first]
    assert not world.up()


def test_what_an_earlier_run_left_unhealthy_gets_its_start_time_again(world: World) -> None:
    world.up()
    world.all_are("healthy")
    world.containers["prometheus"] = Container("unhealthy")
    world.up()
    (workload,) = (one for one in world.target.program.workloads if one.name == "prometheus")
    assert world.containers["prometheus"].restarts == [workload.stop_seconds]
    assert world.containers["alertmanager"].restarts == []


def failure(world: World) -> str:
    with pytest.raises(Failure) as raised:
        world.up()
    return str(raised.value)


def test_the_container_that_is_to_blame_is_named_with_its_logs(world: World) -> None:
    world.all_are("healthy")
    world.containers |= {
        "collector-gateway": Container("starting"),
        "loki": Container("restarting"),
        "grafana": Container("created"),
    }
    world.compose("echo ' Container x Waiting' >&2; echo 'application not healthy after 6m0s' >&2; exit 1")
    assert failure(world) == (
        "Not healthy in time: loki is restarting, collector-gateway is starting"
        " (Compose: application not healthy after 6m0s). `docker logs monitoring-kettle-loki` says why."
        " Mend it and run the command again; what is up stays up."
    )


def test_a_one_time_container_that_fails_is_named_with_its_logs(world: World) -> None:
    world.compose("""echo 'service "prepare" didn'"'"'t complete successfully: exit 1' >&2; exit 1""")
    assert failure(world) == (
        'Compose could not finish (service "prepare" didn\'t complete successfully: exit 1).'
        " `docker logs monitoring-kettle-prepare` says why."
        " Mend it and run the command again; what is up stays up."
    )


def test_what_has_nothing_to_do_with_health_is_told_in_composes_words(world: World) -> None:
    world.compose("echo 'no such image: loki' >&2; exit 18")
    assert failure(world) == (
        "Compose could not finish (no such image: loki). Mend it and run the command again; what is up stays up."
    )
    world.compose("exit 18")
    assert "(exit status 18)" in failure(world)


def test_every_reload_that_fails_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, how: str) -> None:
        raise Failure(f"{name} did not become healthy.")

    monkeypatch.setattr(compose, "reload_container", fail)
    world.all_are("healthy")
    readers = [workload.name for workload in world.target.program.workloads if workload.config or workload.secrets]
    assert failure(world) == " ".join(f"{PREFIX}-{name} did not become healthy." for name in readers)


def test_waiting_is_told_with_names(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compose, "_PROGRESS_SECONDS", 0.05)
    world.all_are("healthy")
    world.containers["prometheus"] = Container("starting")
    world.compose("sleep 0.3")
    world.up()
    assert "    waiting for prometheus (0 s)\n" in capsys.readouterr().err


def test_destroying_removes_containers_networks_and_volumes(world: World) -> None:
    compose_destroy(world.target)
    assert world.commands() == ["down --volumes --remove-orphans"]
    world.compose("echo 'volume is in use' >&2; exit 1")
    with pytest.raises(Failure) as raised:
        compose_destroy(world.target)
    assert str(raised.value) == ("Compose could not finish (volume is in use): mend it and run the command again.")


@pytest.mark.parametrize("status", [0, 1, None])
def test_the_compose_plugin_is_used_where_docker_has_it_and_our_own_command_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int | None
) -> None:
    if status is not None:
        docker = tmp_path / "docker"
        docker.write_text(f'#!/bin/sh\n[ "$*" = "compose version" ] && exit {status}\n', encoding="utf-8")
        docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    monkeypatch.setattr(compose, "tool_path", lambda name: Path("/cache") / name)
    assert compose._compose_command() == (["docker", "compose"] if status == 0 else ["/cache/compose"])
