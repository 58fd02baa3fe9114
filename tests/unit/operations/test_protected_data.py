"""`make destroy` on a stack that protects its data: refused in words, before anything is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.down import destroy
from operations.target import load_target
from runtimes.console import Failure
from tests.stacks import stack_file


@pytest.fixture
def untouchable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks for a runtime's operations wants to touch something."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} was asked for")

    monkeypatch.setattr("operations.down.runtime_kind", refuse)


@pytest.mark.usefixtures("untouchable")
@pytest.mark.parametrize("base", ["dev", "prod"])
def test_destroy_is_refused_with_what_to_do(tmp_path: Path, base: str) -> None:
    file = stack_file(tmp_path, base=base, protect_data=True)
    with pytest.raises(Failure) as found:
        destroy("kettle", file)
    assert str(found.value) == (
        "Stack kettle protects its data (protect_data), and nothing was touched. To remove it for good, set"
        " monitoring:protect_data to false in Pulumi.kettle.yaml, run `make up STACK=kettle`, then this again."
    )


@pytest.mark.usefixtures("untouchable")
def test_what_was_deployed_decides_not_what_the_file_says_since(tmp_path: Path) -> None:
    load_target("kettle", stack_file(tmp_path, protect_data=True)).keep_settings()
    with pytest.raises(Failure, match="protects its data"):
        destroy("kettle", stack_file(tmp_path, protect_data=False))


def test_without_protection_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Operations:
        def destroy(self, _target: object) -> bool:
            asked.append("destroy")
            return True

        def remove_leftovers(self, _target: object) -> None:
            asked.append("leftovers")

    class Kind:
        operations = Operations()

    monkeypatch.setattr("operations.down.runtime_kind", lambda _name: Kind())
    destroy("kettle", stack_file(tmp_path))
    assert asked == ["destroy", "leftovers"]


def test_production_protects_its_data_and_development_does_not() -> None:
    assert load_target("prod").program.settings.protect_data is True
    assert load_target("dev").program.settings.protect_data is False
