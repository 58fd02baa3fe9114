"""The program: PyPI's package has no command of its own."""

from __future__ import annotations

from src.cli import cli  # type: ignore[import-not-found]  # only in the image

cli(auto_envvar_prefix="CE")
