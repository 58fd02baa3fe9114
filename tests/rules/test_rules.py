"""The shipped rule files under the program that will evaluate them: syntax, lint, and their unit tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

RULES = Path(__file__).resolve().parents[2] / "rules"
RULE_FILES = sorted(RULES.glob("*.rules.yml"))
TEST_FILES = sorted(RULES.glob("*.test.yml"))


def run(promtool: str, *arguments: str) -> str:
    """Its output; the test fails with it when promtool does."""
    done = subprocess.run([promtool, *arguments], cwd=RULES, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"promtool {' '.join(arguments)}\n{done.stdout}{done.stderr}", pytrace=False)
    return done.stdout + done.stderr


def test_there_is_something_to_test() -> None:
    assert RULE_FILES
    assert TEST_FILES


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.name)
def test_rules_are_valid(promtool: str, path: Path) -> None:
    assert "SUCCESS" in run(promtool, "check", "rules", "--lint=all", "--lint-fatal", path.name)


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.name)
def test_rules_do_what_their_tests_say(promtool: str, path: Path) -> None:
    assert "SUCCESS" in run(promtool, "test", "rules", path.name)
