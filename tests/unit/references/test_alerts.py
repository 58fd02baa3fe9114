"""The page of alerts."""

from __future__ import annotations

import re

from references.alerts import alerts_text
from tests.proof import alerts


def test_the_list_of_alerts_has_each_with_its_runbook_limit_and_meaning() -> None:
    page = alerts_text()
    assert len(re.findall(r"\[\w+\]\(\.\./runbooks/\w+\.md\)", page)) == len(alerts())
    (row,) = [line for line in page.splitlines() if line.startswith("| [HighErrorRate](")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    rule = alerts()["HighErrorRate"].rule
    assert cells[1:4] == [rule["labels"]["severity"], "0.05 ratio", rule["for"]]
    assert cells[4].endswith(".")
