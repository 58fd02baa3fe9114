"""The options of raw receivers, read by Alertmanager's own parser: each of ours is one of its own, and no other is."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerting.receivers.options import OPTIONS
from images.build import tool_path

_UNKNOWN = re.compile(r"field (\w+) not found in type")
_LISTS = ("responders", "links", "images", "fields", "actions", "attachments")
Options = Mapping[str, Any]


def levels(options: Options, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Options]]:
    """Every mapping of options, with the keys that lead to it; those of HTTP are the same for all integrations."""
    yield path, options
    for name, inner in options.items():
        if inner is not None and (name != "http_config" or path == ("webhook_configs",)):
            yield from levels(inner, (*path, name))


def unknown(folder: Path, path: tuple[str, ...], names: Mapping[str, None]) -> set[str]:
    """Options at a place that Alertmanager does not know."""
    value: Any = dict(names)
    for name in reversed(path[1:]):
        value = {name: [value] if name in _LISTS else value}
    document = {"route": {"receiver": "a"}, "receivers": [{"name": "a", path[0]: [value]}]}
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    done = subprocess.run(
        [str(tool_path("amtool")), "check-config", str(file)], capture_output=True, text=True, check=False, timeout=60
    )
    return set(_UNKNOWN.findall(done.stdout + done.stderr))


LEVELS = [found for name, options in sorted(OPTIONS.items()) for found in levels(options, (name,))]


@pytest.mark.parametrize(("path", "options"), LEVELS, ids=[".".join(path) for path, _ in LEVELS])
def test_every_option_is_one_of_alertmanagers(path: tuple[str, ...], options: Options, tmp_path: Path) -> None:
    # With nothing as its value, so that only the name is read.
    names = dict.fromkeys([*options, "no_such_option"])
    assert unknown(tmp_path, path, names) == {"no_such_option"}
