"""`make rotate`: which passwords it takes, and what it refuses with which words."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from operations import up
from operations.__main__ import main
from operations.rotate import rotate
from operations.target import load_target
from runtimes.operations import password_urns
from settings.errors import ConfigurationError
from tests.stacks import stack_file

ROTATABLE = "alertmanagerPassword, memoryCachePassword, prometheusPassword"


@pytest.fixture
def brought_up(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Collection[str]]]:
    """What was brought up with which passwords made anew, instead of bringing anything up."""
    asked: list[tuple[str, Collection[str]]] = []

    def bring_up(target: Any, rotated: Collection[str]) -> Any:
        asked.append((target.stack, rotated))
        return target

    monkeypatch.setattr("operations.rotate.bring_up", bring_up)
    return asked


def refusal(folder: Path, *names: str, **sections: Any) -> str:
    with pytest.raises(ConfigurationError) as found:
        rotate("kettle", stack_file(folder, **sections), names)
    return str(found.value)


def test_the_stack_is_brought_up_with_new_passwords(tmp_path: Path, brought_up: list[Any]) -> None:
    rotate("kettle", stack_file(tmp_path), ["prometheusPassword", "memoryCachePassword"])
    assert brought_up == [("kettle", ["prometheusPassword", "memoryCachePassword"])]


def test_a_name_that_is_unknown_is_a_mistake_with_what_is_allowed(tmp_path: Path, brought_up: list[Any]) -> None:
    assert refusal(tmp_path, "prometheusPasword") == (
        "make rotate: 1 mistake, nothing was deployed.\n"
        f"  1. passwords: found 'prometheusPasword'. Allowed: {ROTATABLE}. Did you mean 'prometheusPassword'?"
    )
    assert brought_up == []


def test_every_wrong_name_is_named_at_once_and_nothing_is_rotated(tmp_path: Path, brought_up: list[Any]) -> None:
    told = refusal(tmp_path, "one", "prometheusPassword", "two")
    assert "2 mistakes" in told
    assert "'one'" in told
    assert "'two'" in told
    assert brought_up == []


def test_no_name_is_a_mistake(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith(
        f"passwords: found nothing. Allowed: {ROTATABLE}. Name them: make rotate STACK=kettle ARGS=<password>."
    )


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("grafanaAdminPassword", "Grafana's database"),
        ("memoryDbPassword", "the demo's database"),
        ("memoryDbMonitorPassword", "the demo's database"),
    ],
)
def test_what_a_program_reads_only_at_its_first_start_is_refused_with_what_to_do(
    tmp_path: Path, name: str, where: str
) -> None:
    assert refusal(tmp_path, name).endswith(
        f"found '{name}'. Allowed: {ROTATABLE}. It stands in {where} since the first start: only a new stack gets"
        " another one, by `make destroy STACK=kettle`, which removes all data, and `make up STACK=kettle`."
    )


def test_a_secret_of_the_owner_is_refused_with_what_to_do(tmp_path: Path) -> None:
    service = {"name": "db", "kind": "postgres", "target": "db:5432", "password": "dbPassword"}
    told = refusal(tmp_path, "dbPassword", services=[service], demo={"enabled": False}, dbPassword={"secure": "v1:x"})
    assert told.endswith(
        "found 'dbPassword'. Allowed: alertmanagerPassword, prometheusPassword. It is its owner's. Set it:"
        " make secrets STACK=kettle ARGS=dbPassword, or MONITORING_DB_PASSWORD in the environment."
        " Then make up STACK=kettle."
    )


def test_a_generated_password_that_its_owner_has_set_is_the_owners(tmp_path: Path) -> None:
    told = refusal(tmp_path, "memoryCachePassword", memoryCachePassword={"secure": "v1:x"})
    assert "It is its owner's. Set it: make secrets STACK=kettle ARGS=memoryCachePassword" in told


def test_the_engine_is_told_the_urns_of_the_passwords(tmp_path: Path) -> None:
    target = load_target("kettle", stack_file(tmp_path, base="prod"))
    assert password_urns(target, ["prometheusPassword"]) == [
        "urn:pulumi:kettle::monitoring::monitoring:components:MonitoringStack$monitoring:components:Secrets"
        "$pulumi-python:dynamic/monitoring:GeneratedPassword::monitoring-secrets-prometheusPassword"
    ]
    assert password_urns(target, []) == []


def test_bringing_up_passes_the_names_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Collection[str]] = []

    class Operations:
        def up(self, target: Any, find_engine: Any, rotated: Collection[str]) -> tuple[Any, bool]:
            asked.append(rotated)
            return target, True

    class Kind:
        operations = Operations()

    monkeypatch.setattr("operations.up.runtime_kind", lambda _name: Kind())
    target = load_target("kettle", stack_file(tmp_path))
    assert up.bring_up(target, ["prometheusPassword"]) is target
    assert asked == [["prometheusPassword"]]


def test_the_command_takes_names_behind_its_options_as_make_writes_them(
    tmp_path: Path, brought_up: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = stack_file(tmp_path)
    monkeypatch.setattr("operations.__main__.verify_stack", lambda _stack, _file: 0)
    monkeypatch.setattr("operations.__main__.tell_addresses", lambda _target: None)
    names = ["prometheusPassword", "alertmanagerPassword"]
    monkeypatch.setattr("sys.argv", ["operations", "rotate", "--stack", "kettle", "--file", str(file), *names])
    assert main() == 0
    assert brought_up == [("kettle", names)]


def test_other_commands_take_no_names(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["operations", "up", "--stack", "kettle", "prometheusPassword"])
    with pytest.raises(SystemExit):
        main()
    assert "up takes no more arguments, found prometheusPassword" in capsys.readouterr().err
