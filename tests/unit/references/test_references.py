"""The pages that `make schema` writes: current, whole, and each thing said once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from references.__main__ import GENERATED
from references.alerts import alerts_text
from references.schema import stack_schema
from references.settings import reference_text
from settings import StackSettings
from tests.proof import alerts


@pytest.mark.parametrize(("file", "text"), GENERATED)
def test_what_is_written_from_the_settings_is_up_to_date(file: Path, text: Callable[[], str]) -> None:
    assert file.read_text(encoding="utf-8") == text(), "run `make schema` and commit the result"


def test_the_reference_names_every_key_of_every_section_and_kind() -> None:
    page = reference_text()
    keys = {key for model in stack_schema()["$defs"].values() for key in model["properties"]} | {
        *StackSettings.model_fields
    }
    assert keys > {"broker_metrics", "objective", "otlp_http", "namespaces"}
    assert sorted(key for key in keys if not re.search(rf"[`.]{key}[`.]", page)) == []


def test_the_reference_says_once_what_many_kinds_have() -> None:
    page = reference_text()
    assert page.count("| `owner` |") == 1
    assert page.count("`docker.labels`") == 1
    # A link leads to a heading, in the form that GitHub gives it.
    (heading,) = [line for line in page.splitlines() if line.startswith("### `services[].discover`")]
    assert "[section](#servicesdiscover)" in page
    assert heading


def test_the_list_of_alerts_has_each_with_its_runbook_limit_and_meaning() -> None:
    page = alerts_text()
    assert len(re.findall(r"\[\w+\]\(\.\./runbooks/\w+\.md\)", page)) == len(alerts())
    (row,) = [line for line in page.splitlines() if line.startswith("| [HighErrorRate](")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    rule = alerts()["HighErrorRate"].rule
    assert cells[1:4] == [rule["labels"]["severity"], "0.05 ratio", rule["for"]]
    assert cells[4].endswith(".")
