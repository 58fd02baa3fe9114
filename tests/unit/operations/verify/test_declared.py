"""What the stack file says should be running, or the file as it is deployed."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.target import LoadedTarget
from operations.verify.declared import read_declared
from runtimes.health import CouldNotRunError
from tests.unit.operations.verify.world import SERVICES, declare, file_of


def test_the_stack_file_as_deployed_is_read(tmp_path: Path) -> None:
    deployed = file_of(tmp_path).rename(tmp_path / "deployed.yaml")
    file = file_of(tmp_path, images={"source": "registry"})
    assert read_declared("test", file).workload("grafana")
    directory = tmp_path / "state/test"
    directory.mkdir(parents=True)
    deployed.rename(directory / "stack.yaml")
    assert not read_declared("test", file).workload("grafana")


def test_every_scrape_job_is_declared_with_the_number_of_its_targets(tmp_path: Path) -> None:
    service = {"name": "web", "kind": "http", "discover": {"dns": {"host": "web", "port": 80}}}
    declared = declare(tmp_path, services=[*SERVICES, service])
    assert declared.targets_by_job["memory-api"] == 1
    assert declared.targets_by_job["web"] is None
    assert {"prometheus", "alertmanager", "collector-agent"} <= declared.targets_by_job.keys()


def test_rules_are_counted_by_file_and_files_without_rules_are_left_out(tmp_path: Path) -> None:
    rules = declare(tmp_path).rules_by_file
    assert rules["generated-jobs.rules.yml"] > 0
    assert 0 not in rules.values()


def test_a_workload_is_found_by_name_or_not_at_all(tmp_path: Path) -> None:
    declared = declare(tmp_path)
    found = declared.workload("prometheus")
    assert found and found.name == "prometheus"
    assert declared.workload("nothing-of-the-kind") is None


def test_mistakes_are_the_reason_that_nothing_could_be_verified(tmp_path: Path) -> None:
    file = file_of(tmp_path, services=[{"name": "a", "kind": "fastpi", "target": "a:1"}])
    with pytest.raises(CouldNotRunError, match=r"services\[0\]\.kind \(line 10\): found 'fastpi'\."):
        read_declared("test", file)


def test_an_unusable_stack_name_is_the_reason_too(tmp_path: Path) -> None:
    with pytest.raises(CouldNotRunError, match="stack: found 'Dev'"):
        read_declared("Dev", file_of(tmp_path))


def test_a_stack_of_another_user_is_said_to_be_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: LoadedTarget) -> LoadedTarget:
        raise PermissionError(13, "Permission denied", "/home/other/state/test/stack.yaml")

    monkeypatch.setattr(LoadedTarget, "as_deployed", refused)
    with pytest.raises(CouldNotRunError) as found:
        read_declared("test", file_of(tmp_path))
    assert str(found.value) == (
        "/home/other/state/test/stack.yaml may not be read: run this as the user who ran make up."
    )
