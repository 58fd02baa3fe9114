"""What our own PostgreSQL exporter asks, and what it makes of the answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from prometheus_client.core import Metric

from exporters.postgres.questions import Question, families, questions

FILE = """
sizes:
  query: SELECT name, bytes FROM sizes
  metrics:
    - name: {usage: LABEL, description: Whose.}
    - bytes: {usage: GAUGE, description: How many.}
totals:
  query: SELECT commits FROM totals
  master: true
  metrics:
    - commits: {usage: COUNTER, description: How often.}
"""
SIZES, TOTALS = questions(FILE)


def samples(metrics: Iterator[Metric]) -> dict[tuple[str, str], float]:
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for metric in metrics
        for sample in metric.samples
    }


def test_a_file_of_questions_is_read_as_postgres_exporter_reads_it() -> None:
    assert (SIZES.name, SIZES.everywhere, SIZES.labels) == ("sizes", True, ("name",))
    assert Question("totals", "SELECT commits FROM totals", False, (), {"commits": ("COUNTER", "How often.")}) == TOTALS


def test_each_row_is_a_sample_and_what_is_null_is_none() -> None:
    rows: list[Mapping[str, Any]] = [
        {"name": "my db", "bytes": Decimal("12.5")},
        {"name": None, "bytes": 3},
        {"name": "empty", "bytes": None},
    ]
    assert samples(families(SIZES, rows)) == {("sizes_bytes", "my db"): 12.5, ("sizes_bytes", ""): 3}


def test_a_counter_keeps_the_name_that_rules_read() -> None:
    (metric,) = families(TOTALS, [{"commits": 7}])
    assert (metric.name, metric.type, metric.samples[0].name) == ("totals_commits", "unknown", "totals_commits")


def test_without_rows_there_is_no_metric() -> None:
    assert [*families(SIZES, [])] == []


class Refused(Exception):
    """Stands in for what a server says."""


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The program, without the client library that only its image has."""
    names = ("pg8000", "pg8000.exceptions", "pg8000.native", "scramp", "scramp.core")
    modules: Mapping[str, Any] = {name: ModuleType(name) for name in names}
    modules["pg8000"].exceptions, modules["pg8000"].native = modules["pg8000.exceptions"], modules["pg8000.native"]
    modules["pg8000.exceptions"].DatabaseError = type("DatabaseError", (Exception,), {})
    modules["pg8000.exceptions"].InterfaceError = type("InterfaceError", (Exception,), {})
    modules["scramp"].core, modules["scramp"].ScramException = modules["scramp.core"], Refused
    modules["scramp.core"].saslprep = str.strip
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    for name in ("exporters.postgres.sessions", "exporters.postgres.__main__"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import exporters.postgres.__main__ as program

    yield program
    for name in ("exporters.postgres.sessions", "exporters.postgres.__main__"):
        sys.modules.pop(name, None)


class Answers:
    """A session whose answers are given by query; an exception is raised."""

    def __init__(self, database: str, answers: Mapping[str, Any]) -> None:
        self.database = database
        self.answers = answers

    def ask(self, query: str) -> Any:
        answer = self.answers[query]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_every_database_is_asked_what_is_its_own_and_the_main_one_the_rest(program: Any) -> None:
    main = Answers("shop", {SIZES.query: [{"name": "shop", "bytes": 1}], TOTALS.query: [{"commits": 5}]})
    other = Answers("my audit", {SIZES.query: [{"name": "my audit", "bytes": 2}]})
    found = samples(program.QuestionCollector("pg", (SIZES, TOTALS), (main, other)).collect())
    assert found == {
        ("pg_up", ""): 1,
        ("pg_database_up", "shop"): 1,
        ("pg_database_up", "my audit"): 1,
        ("sizes_bytes", "shop"): 1,
        ("sizes_bytes", "my audit"): 2,
        ("totals_commits", ""): 5,
    }


def test_a_question_that_is_refused_leaves_the_others_and_the_server_is_up(program: Any) -> None:
    main = Answers("shop", {SIZES.query: program.RefusedError("no"), TOTALS.query: [{"commits": 5}]})
    found = samples(program.QuestionCollector("pg", (SIZES, TOTALS), (main,)).collect())
    assert found == {("pg_up", ""): 1, ("totals_commits", ""): 5}


def test_a_server_that_lets_nobody_in_is_down_and_says_nothing_else(program: Any) -> None:
    main = Answers("shop", {SIZES.query: program.UnreachableError("no"), TOTALS.query: [{"commits": 5}]})
    assert samples(program.QuestionCollector("pg", (SIZES, TOTALS), (main,)).collect()) == {("pg_up", ""): 0}


def test_one_database_that_lets_nobody_in_is_told_apart(program: Any) -> None:
    main = Answers("shop", {SIZES.query: [], TOTALS.query: []})
    other = Answers("audit", {SIZES.query: program.UnreachableError("no")})
    found = samples(program.QuestionCollector("pg", (SIZES, TOTALS), (main, other)).collect())
    assert found == {("pg_up", ""): 1, ("pg_database_up", "shop"): 1, ("pg_database_up", "audit"): 0}
