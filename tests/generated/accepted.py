"""Generated stacks without what a first reading finds wrong with them: all that they then say is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from program.prepare import prepare_program
from settings.errors import ConfigurationError
from settings.stackfile import PROJECT, RawConfiguration, split_configuration
from tests.generated.stacks import stacks
from workloads.program import Program

_ATTEMPTS = 6


def accepted(count: int, first_seed: int) -> Iterator[tuple[RawConfiguration, Program]]:
    """Stacks with their programs, the same for the same seed.

    Args:
        count: how many.
        first_seed: of the first lot; where too few of it can be used, of the next one follows.
    """
    left, lot = count, first_seed
    while left > 0:
        for content in _lot(left, lot):
            found = _mended(content)
            if found and left > 0:
                left -= 1
                yield found
        lot += 1


def _lot(count: int, lot: int) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []

    @seed(lot)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(stacks())
    def each(stack: dict[str, Any]) -> None:
        made.append(stack)

    each()
    return made


def _mended(content: dict[str, Any]) -> tuple[RawConfiguration, Program] | None:
    for _ in range(_ATTEMPTS):
        raw = split_configuration("made", {f"{PROJECT}:{key}": value for key, value in content.items()})
        try:
            return raw, prepare_program(raw, "made", grafana_content="files")
        except ConfigurationError as error:
            for mistake in reversed(error.mistakes):
                _remove(content, re.findall(r"[^.\[\]]+", mistake.path))
    return None


def _remove(content: Any, steps: list[str]) -> None:
    """Remove a place, or what is nearest around it."""
    holder: Any = None
    key: Any = None
    for step in steps:
        at: Any = int(step) if isinstance(content, list) and step.isdigit() else step
        if not (at in content if isinstance(content, dict) else isinstance(content, list) and at < len(content)):
            break
        holder, key, content = content, at, content[at]
    if holder is not None:
        del holder[key]
