"""Up and down on Kubernetes: only an engine can, and what cannot be is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from operations.target import LoadedTarget, load_target
from runtimes.console import Failure
from runtimes.kubernetes import operations
from tests.fakes import FakeEngine
from tests.stacks import stack_file


@pytest.fixture
def target(tmp_path: Path) -> LoadedTarget:
    section = {"namespace": "watching", "context": "prod-eu"}
    return load_target("kettle", stack_file(tmp_path, base="prod", kubernetes=section))


@pytest.mark.parametrize("changes", [True, False])
def test_the_engine_deploys_the_stack_as_it_is_kept(
    target: LoadedTarget, capsys: pytest.CaptureFixture[str], changes: bool
) -> None:
    engine = FakeEngine(changes)
    left_out = replace(target, program=replace(target.program, missing={"grafana": "Its image cannot be had."}))
    assert operations.up(left_out, lambda _target: (engine, "")) == (left_out, changes)
    assert (engine.deployed, engine.destroyed) == ([left_out], [])
    assert target.effective_file.exists()
    assert capsys.readouterr().err.splitlines() == [
        "    left out: grafana. Its image cannot be had.",
        "==> Deploying with Pulumi",
    ]


def test_without_an_engine_it_is_said_what_else_deploys(target: LoadedTarget) -> None:
    with pytest.raises(Failure) as failure:
        operations.up(target, lambda _target: (None, "the Pulumi CLI is not installed and cannot be downloaded here"))
    assert str(failure.value) == (
        "Stack kettle runs on Kubernetes and needs the Pulumi engine, but the Pulumi CLI is not installed and cannot be"
        " downloaded here: install it, or apply rendered/kettle with kubectl."
    )
    assert not target.directory.exists()


def test_down_is_refused_with_what_to_do_instead(target: LoadedTarget) -> None:
    with pytest.raises(Failure) as failure:
        operations.down(target)
    assert str(failure.value) == (
        "Stack kettle runs on Kubernetes, where nothing is stopped and kept: scale it to nothing with"
        " `kubectl --context prod-eu -n watching scale deployment,statefulset --all --replicas=0`, or remove it with"
        " `make destroy STACK=kettle`."
    )


def test_everything_else_is_the_engines_and_the_clusters(target: LoadedTarget, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    operations.prepare(target)
    assert not operations.destroy(target)
    operations.remove_leftovers(target)
    assert sorted(tmp_path.iterdir()) == before


def test_passwords_are_in_secrets_which_a_command_shows(target: LoadedTarget) -> None:
    assert list(operations.passwords(target)) == [
        "user admin; in the Secrets of each component, for example",
        "kubectl --context prod-eu -n watching get secret -l app.kubernetes.io/instance=prometheus -o yaml",
    ]
