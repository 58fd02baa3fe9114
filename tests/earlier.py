"""A run of pytest that ends with what an earlier one found too: `make test` is two runs, and has one summary."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

_OPTION = "--with-results-of"
_REPORTS = ("TestReport", "CollectReport")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the second run of `make test` end with the results of the first."""
    described = "end with the results of an earlier run too, which wrote them with --report-log"
    parser.addoption(_OPTION, type=Path, metavar="LOG", help=described)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Only after this run's own tests: pytest does not begin with any when something failed before."""
    try:
        return (yield)
    finally:
        if log := session.config.getoption(_OPTION):
            _add_results(session, log)


def _add_results(session: pytest.Session, log: Path) -> None:
    """Count the results of an earlier run as this run's own: in its summary, and in its exit status.

    Args:
        session: this run, whose own tests are done.
        log: what the earlier run wrote, `--report-log` of pytest-reportlog.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None
    for report in _reports(session.config, log):
        if category := _category(session.config, report):
            reporter.stats.setdefault(category, []).append(report)
        session.testsfailed += report.failed


def _reports(config: pytest.Config, log: Path) -> Iterator[pytest.TestReport | pytest.CollectReport]:
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            if document["$report_type"] in _REPORTS:
                report = config.hook.pytest_report_from_serializable(config=config, data=document)
                # Where and why a test was skipped: pytest looks for a tuple, JSON has none.
                if isinstance(report.longrepr, list):
                    report.longrepr = tuple(report.longrepr)
                yield report


def _category(config: pytest.Config, report: pytest.TestReport | pytest.CollectReport) -> str:
    """What the summary counts it as; empty: as nothing."""
    if isinstance(report, pytest.CollectReport):
        return {"failed": "error", "skipped": "skipped"}.get(report.outcome, "")
    return str(config.hook.pytest_report_teststatus(report=report, config=config)[0])
