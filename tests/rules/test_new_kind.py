"""The rules that docs/new-kind.md shows, under the program that will evaluate them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.page import NEW_KIND, blocks


def test_the_rules_of_the_page_pass_their_tests(promtool: str, tmp_path: Path) -> None:
    for block in blocks(NEW_KIND):
        if block.file.startswith("rules/"):
            block.put(tmp_path)
    for arguments in (("check", "rules", "--lint=all", "memcached.rules.yml"), ("test", "rules", "memcached.test.yml")):
        done = subprocess.run(
            [promtool, *arguments], cwd=tmp_path / "rules", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
