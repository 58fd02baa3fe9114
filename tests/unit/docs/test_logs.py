"""docs/logs.md says of lines what the table of tests/programs says, and of levels and fields what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.logs.fields import LONGEST_NAME, LONGEST_VALUE, MOST_FIELDS
from components.logs.levels import LEVEL_FIELDS, LEVELS
from tests.tree import ROOT

PAGE = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
TABLE: list[dict[str, Any]] = yaml.safe_load(Path(ROOT / "tests/programs/log_lines.yaml").read_text(encoding="utf-8"))


def tried() -> set[str]:
    """Formats that the page lists as recognised."""
    return {found for line in re.findall(r"^Tried: (.*)\.$", PAGE, re.M) for found in line.split(", ")}


@pytest.mark.parametrize("name", sorted({entry["format"] for entry in TABLE}))
def test_a_format_of_the_table_is_on_the_page(name: str) -> None:
    assert name.lower() in PAGE.lower()


def test_every_format_that_the_page_says_is_tried_is_in_the_table_with_a_level() -> None:
    with_level = {entry["format"] for entry in TABLE if entry.get("level") != "unset"}
    assert len(tried()) > 80
    assert tried() - with_level == set()


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
def test_the_words_and_numbers_of_a_level_are_those_of_the_code(level: Any) -> None:
    (row,) = re.findall(rf"^\| {level.name} \| (.*) \|$", PAGE, re.M)
    _, words, syslog, pino, python, monolog = (cell.strip() for cell in f"{row} ".split("|"))
    written = re.compile(level.written)
    spelled = [spell for word in words.split(", ") for spell in _range(word)]
    assert [word for word in spelled if not written.match(word)] == []
    numbers = [number for cell in (syslog, pino, monolog) for part in cell.split(", ") for number in _range(part)]
    every = {str(number) for number in (*range(8), *range(10, 100), 100, 200, 250, 300, 400, 500, 550, 600)}
    assert {number for number in every if written.match(number)} == set(filter(None, numbers))
    assert bool(python) == bool(level.python)
    assert all(re.fullmatch(level.python, number) for number in _range(python) if number)


def _range(text: str) -> list[str]:
    first, dash, last = text.partition("\N{EN DASH}")
    if not dash:
        return [text]
    stem = first.rstrip("0123456789")
    return [f"{stem}{number}" for number in range(int(first[len(stem) :]), int(last[len(stem) :]) + 1)]


def test_the_fields_that_are_asked_for_a_level_are_those_of_the_code() -> None:
    (line,) = re.findall(r"The level is the first of these fields that is there: (.*?)\. A dot", PAGE)
    assert tuple(line.replace("`", "").split(", ")) == LEVEL_FIELDS


def test_the_limits_of_fields_are_those_of_the_code() -> None:
    assert (
        f"at most {MOST_FIELDS}, with values of at most {LONGEST_VALUE} bytes and names of at most {LONGEST_NAME}"
        in PAGE
    )
