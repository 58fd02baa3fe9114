"""The configuration that Prometheus runs with: what it scrapes, whom it tells, which rule files it reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import yaml

from components.endpoints import PROMETHEUS
from operations.drift.documents import differing, lines
from operations.drift.stack import DriftingStack
from runtimes.drift import Change, Compared, Difference

NAME = "Prometheus' configuration"
# Sections that it prints although nobody wrote them.
_DEFAULTS = frozenset({"global", "runtime", "storage", "otlp", "tracing"})


def compare(stack: DriftingStack) -> Compared:
    """Each section."""
    return compare_sections(
        "Prometheus setting",
        _declared(stack),
        yaml.load(stack.live.prometheus.configuration(), yaml.CSafeLoader),
        _DEFAULTS,
        stack.reread(PROMETHEUS.workload),
    )


def _declared(stack: DriftingStack) -> dict[str, Any]:
    """What the file says; Prometheus prints paths as it finds them from its configuration's folder."""
    config = stack.config(PROMETHEUS.workload)
    document: dict[str, Any] = yaml.load(config.files["prometheus.yml"], yaml.CSafeLoader)
    return document | {"rule_files": [str(PurePosixPath(config.mount_path) / path) for path in document["rule_files"]]}


def compare_sections(
    thing: str, wanted: Mapping[str, Any], found: Mapping[str, Any], defaults: frozenset[str], mend: str
) -> Compared:
    """Each section of a configuration that a program prints with its defaults filled in.

    Args:
        thing: what a section is one of.
        wanted: the program's.
        found: that of the running one.
        defaults: sections that it prints although nobody wrote them.
        mend: what to do about a difference.
    """
    differences = []
    for section in sorted(wanted.keys() | (found.keys() - defaults)):
        places = differing(wanted.get(section), found.get(section), filled_in=True, path=section)
        if told := lines(places):
            change: Change = "extra" if section not in wanted else "missing" if section not in found else "changed"
            differences.append(Difference(thing, section, change, mend, told))
    return Compared(len(wanted), tuple(differences))
