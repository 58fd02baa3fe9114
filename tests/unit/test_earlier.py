"""`make test` is two runs of pytest: every folder is in one of them, and the second tells what both found."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable

import pytest

from operations.target import ROOT

pytest_plugins = ["pytester"]

Twice = Callable[[str], pytest.RunResult]
HOOKS = "from tests.earlier import pytest_addoption, pytest_runtestloop"
FIRST = """
    import pytest

    def test_right(): pass

    def test_wrong(): assert "this" == "that"

    def test_broken(broken): pass

    @pytest.fixture
    def broken(): raise ValueError("it is broken")

    def test_elsewhere(): pytest.skip("missing: a kettle")
"""


@pytest.fixture
def twice(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Twice:
    """Two runs with the hooks of these tests: what the second says, which has one test of its own."""
    # Of the plugins that are installed the runs need one; to find all of them takes longer than everything else.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    log = "kept/log.jsonl"

    def run(first: str) -> pytest.RunResult:
        pytester.makeconftest(HOOKS)
        pytester.makepyfile(test_first=first, test_second="def test_right(): pass")
        pytester.runpytest_inprocess("-p", "pytest_reportlog.plugin", f"--report-log={log}", "test_first.py")
        return pytester.runpytest_inprocess("-rs", f"--with-results-of={log}", "test_second.py")

    return run


def test_the_second_run_counts_names_and_shows_what_the_first_found(twice: Twice) -> None:
    found = twice(FIRST)
    found.assert_outcomes(passed=2, failed=1, errors=1, skipped=1)
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines(
        ["*ValueError: it is broken*", "*AssertionError: assert 'this' == 'that'*", "SKIPPED*missing: a kettle"]
    )


def test_the_second_run_fails_when_a_file_of_the_first_could_not_be_read(twice: Twice) -> None:
    found = twice("import kettle_of_nobody")
    found.assert_outcomes(passed=1, errors=1)
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines("*No module named 'kettle_of_nobody'*")


def test_two_runs_without_a_mistake_are_green(twice: Twice) -> None:
    found = twice("def test_right(): pass")
    found.assert_outcomes(passed=2)
    assert found.ret == pytest.ExitCode.OK


def test_every_folder_of_tests_is_in_one_of_the_two_runs() -> None:
    folders = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    runs = re.findall(r"^(?:COMPUTING|WAITING) := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(runs) == 2
    assert sorted(" ".join(runs).split()) == sorted(folders["testpaths"])
