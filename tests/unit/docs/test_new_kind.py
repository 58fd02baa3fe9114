"""docs/new-kind.md names what is there. That it can be followed is tested in tests/programs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.page import NEW_KIND, Block, blocks
from tests.tree import ROOT


def test_every_file_that_the_page_names_is_there_or_is_made_by_it() -> None:
    made = {block.file for block in blocks(NEW_KIND)}
    named = set(re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?|[\w-]+/)`", NEW_KIND.read_text(encoding="utf-8")))
    assert len(named) > 20
    assert {name for name in named if name not in made and not (ROOT / name).exists()} == set()


def test_every_link_of_the_page_leads_to_one_of_its_headings_or_to_a_file() -> None:
    # Links in a block are those of the file that it is put into.
    text = re.sub(r"^```.*?^```$", "", NEW_KIND.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in re.findall("^##? .*", text, re.M)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert target[1:] in headings if target.startswith("#") else (NEW_KIND.parent / target).exists(), target


def test_a_change_that_no_longer_fits_the_tree_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.py: found 0 times, not once: 'two'"):
        Block("a.py", "diff", " two\n+three\n").put(tmp_path)
    with pytest.raises(ValueError, match=r"a\.py is there already"):
        Block("a.py", "python", "three\n").put(tmp_path)
