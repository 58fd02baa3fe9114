"""What a page of the documentation tells its reader to put into files, done as it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.tree import ROOT

NEW_KIND = ROOT / "docs" / "new-kind.md"
# A line that begins with a file's name says which file the blocks after it are about.
_NAMED = re.compile(r"^`([\w./-]+)`.*:$")
_FENCE = re.compile(r"^```(\w*)$")


@dataclass(frozen=True)
class Block:
    """A block of code: a whole file or, in the language `diff`, a change to one."""

    file: str
    language: str
    text: str

    def put(self, tree: Path) -> None:
        """Do in a tree what the block says.

        Raises:
            ValueError: when what a change is about does not stand in the file exactly once.
        """
        path = tree / self.file
        if self.language != "diff":
            if path.exists():
                raise ValueError(f"{self.file} is there already")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text, encoding="utf-8")
            return
        lines = self.text.splitlines()
        before = "\n".join(line[1:] for line in lines if not line.startswith("+"))
        after = "\n".join(line[1:] for line in lines if not line.startswith("-"))
        content = path.read_text(encoding="utf-8")
        if content.count(before) != 1:
            raise ValueError(f"{self.file}: found {content.count(before)} times, not once: {before!r}")
        path.write_text(content.replace(before, after), encoding="utf-8")


def blocks(page: Path) -> list[Block]:
    """The blocks of a page that belong to files, in its order."""
    found: list[Block] = []
    file, language, text = "", None, list[str]()
    for line in page.read_text(encoding="utf-8").splitlines():
        fence = _FENCE.match(line)
        if language is not None:
            if fence:
                found.append(Block(file, language, "".join(f"{inner}\n" for inner in text)))
                language, text = None, []
            else:
                text.append(line)
        elif fence:
            language = fence[1]
        elif named := _NAMED.match(line):
            file = named[1]
    return found


def follow(page: Path, tree: Path) -> None:
    """Do in a tree all that a page says."""
    for block in blocks(page):
        block.put(tree)
