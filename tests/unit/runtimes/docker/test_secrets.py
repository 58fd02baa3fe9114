"""Secrets without an engine: made once, kept for their owner alone, and written into the same files as with one."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import bcrypt
import pytest

from runtimes.console import Failure
from runtimes.docker.secrets import LocalSecrets
from settings.secrets import SecretFile, SecretRef, basic_auth_users
from tests.conftest import Deploy
from workloads.workload import ExecProbe, Limits, Workload

NEEDED = ("prometheusPassword", "memoryCachePassword")


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of a hash is what makes it slow; four is the least there is."""
    dear = bcrypt.gensalt
    monkeypatch.setattr(bcrypt, "gensalt", lambda: dear(rounds=4))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "monitoring" / "dev" / "secrets.json"


def kept(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def workload(**files: SecretFile) -> Workload:
    return Workload(
        name="kettle",
        image="kettle",
        user=1,
        limits=Limits(cpus=1, memory_mebibytes=1),
        probe=ExecProbe(("true",)),
        secrets=files,
    )


def test_what_is_needed_is_generated_long_and_without_characters_that_need_quoting(path: Path) -> None:
    LocalSecrets(path).ensure(NEEDED)
    secrets = kept(path)
    assert set(secrets) == set(NEEDED)
    values = {secret["value"] for secret in secrets.values()}
    assert len(values) == 2
    for value in values:
        assert len(value) == 32
        assert set(value) <= set(string.ascii_letters + string.digits)


def test_two_stacks_never_get_the_same_password(tmp_path: Path) -> None:
    for stack in ("dev", "test"):
        LocalSecrets(tmp_path / stack).ensure(NEEDED)
    values = [kept(tmp_path / stack)[name]["value"] for stack in ("dev", "test") for name in NEEDED]
    assert len(set(values)) == 4


def test_secrets_stay_the_same_from_run_to_run(path: Path) -> None:
    LocalSecrets(path).ensure(NEEDED)
    before = path.read_bytes(), path.stat().st_mtime_ns
    LocalSecrets(path).ensure(NEEDED)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_secret_that_is_needed_later_joins_those_that_are_kept(path: Path) -> None:
    LocalSecrets(path).ensure(NEEDED[:1])
    before = kept(path)
    LocalSecrets(path).ensure(NEEDED)
    after = kept(path)
    assert after[NEEDED[0]] == before[NEEDED[0]]
    assert set(after) == set(NEEDED)


def test_only_the_owner_can_read_them(path: Path) -> None:
    LocalSecrets(path).ensure(NEEDED)
    assert f"{path.stat().st_mode & 0o777:o}" == "600"
    assert f"{path.parent.stat().st_mode & 0o777:o}" == "700"
    LocalSecrets(path).ensure([*NEEDED, "alertmanagerPassword"])
    assert f"{path.stat().st_mode & 0o777:o}" == "600"
    assert [found.name for found in path.parent.iterdir()] == ["secrets.json"]


def test_secrets_that_only_their_owner_can_know_are_asked_for_by_name_and_nothing_is_written(path: Path) -> None:
    with pytest.raises(Failure) as refused:
        LocalSecrets(path).ensure(["slackUrl", *NEEDED, "ordersDbPassword"])
    assert str(refused.value) == (
        "The stack needs the secrets ordersDbPassword, slackUrl, which only the Pulumi CLI can decrypt: "
        "install it, or set MONITORING_ORDERS_DB_PASSWORD, MONITORING_SLACK_URL in the environment, "
        "and run the command again."
    )
    assert not path.exists()


def test_secrets_that_only_their_owner_can_know_come_from_the_environment_and_are_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    awkward = 'https://hooks.example.com/a?b=$1&c="<é>"\n'
    monkeypatch.setenv("MONITORING_SLACK_URL", awkward)
    LocalSecrets(path).ensure(["slackUrl", *NEEDED])
    monkeypatch.delenv("MONITORING_SLACK_URL")
    secrets = LocalSecrets(path)
    secrets.ensure(["slackUrl"])
    assert secrets.files(workload(slackUrl=SecretFile.of("slackUrl"))) == {"slackUrl": awkward}
    monkeypatch.setenv("MONITORING_SLACK_URL", "another")
    LocalSecrets(path).ensure(["slackUrl"])
    assert kept(path)["slackUrl"]["value"] == "another"


def test_a_password_that_the_stack_makes_is_not_taken_from_the_environment(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITORING_PROMETHEUS_PASSWORD", "hunter2")
    LocalSecrets(path).ensure(NEEDED)
    assert kept(path)["prometheusPassword"]["value"] != "hunter2"


def test_files_are_filled_with_values_json_and_hashes(path: Path) -> None:
    secrets = LocalSecrets(path)
    secrets.ensure(NEEDED)
    value = {name: kept(path)[name]["value"] for name in NEEDED}
    files = secrets.files(
        workload(
            plain=SecretFile.of("memoryCachePassword"),
            passwords=SecretFile(('{"redis://cache": ', SecretRef("memoryCachePassword", "json"), "}\n")),
            web=basic_auth_users("admin", "prometheusPassword"),
        )
    )
    assert files["plain"] == value["memoryCachePassword"]
    assert json.loads(files["passwords"]) == {"redis://cache": value["memoryCachePassword"]}
    user, _, hashed = files["web"].removeprefix("basic_auth_users:\n  ").strip().partition(": ")
    assert user == "admin"
    assert bcrypt.checkpw(value["prometheusPassword"].encode(), hashed.encode())


def test_a_hash_stays_the_same_so_that_a_second_run_changes_no_file(path: Path) -> None:
    asking = workload(web=basic_auth_users("admin", "prometheusPassword"))
    first = LocalSecrets(path)
    first.ensure(NEEDED)
    second = LocalSecrets(path)
    second.ensure(NEEDED)
    assert first.files(asking) == second.files(asking)


def test_a_workload_without_secrets_gets_no_files(path: Path) -> None:
    assert LocalSecrets(path).files(workload()) == {}


def test_every_secret_file_of_the_dev_stack_can_be_filled_and_is_the_file_that_the_engine_would_write(
    path: Path, deployed: Deploy
) -> None:
    dev = deployed("dev")
    secrets = LocalSecrets(path)
    secrets.ensure(
        {ref.name for w in dev.program.workloads for file in w.secrets.values() for ref in file.references()}
    )
    values = kept(path)
    compared = 0
    for found in dev.program.workloads:
        # The engine's files hold stand-ins where these hold values.
        expected = dev.files(found.name, "secrets")
        for name, secret in values.items():
            expected = {
                file: text.replace(f"<secret {name}>", secret["value"]).replace(
                    f"<bcrypt of secret {name}>", secret["bcrypt"]
                )
                for file, text in expected.items()
            }
        assert secrets.files(found) == expected, found.name
        compared += len(expected)
    assert compared > 10


def test_what_was_forgotten_is_generated_anew_and_nothing_else(path: Path) -> None:
    secrets = LocalSecrets(path)
    secrets.ensure(NEEDED)
    before = kept(path)
    secrets.forget(["prometheusPassword"])
    assert set(kept(path)) == {"memoryCachePassword"}
    secrets.ensure(NEEDED)
    assert kept(path)["memoryCachePassword"] == before["memoryCachePassword"]
    assert kept(path)["prometheusPassword"] != before["prometheusPassword"]


def test_forgetting_nothing_writes_nothing(path: Path) -> None:
    LocalSecrets(path).forget([])
    assert not path.exists()
