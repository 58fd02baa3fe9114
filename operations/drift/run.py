"""One comparison of one stack with its program."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from operations.drift.areas import areas_of
from operations.drift.redaction import redaction
from operations.drift.report import DriftReport
from operations.drift.stack import DriftingStack
from operations.target import load_target
from operations.verify.declared import Declared
from operations.verify.live import Live
from runtimes import runtime_kind
from runtimes.console import Failure
from runtimes.drift import Area, Difference
from runtimes.health import CouldNotRunError, NoAnswerError, NoWayError, loopback_client, not_readable
from settings.errors import ConfigurationError


def drift(stack: str, file: Path | None) -> DriftReport:
    """Compare everything that can be compared.

    Args:
        stack: the stack's name.
        file: its stack file; None means `Pulumi.<stack>.yaml`.

    Returns:
        A report; for a stack that cannot be compared, one with `error` set.
    """
    try:
        wanted = load_target(stack, file)
        deployed = wanted.as_deployed()
        declared, kind = Declared(stack, deployed.program), runtime_kind(deployed.program.settings.runtime)
        own = kind.drift(deployed)
        health = kind.health(deployed.program)
        health.require_up(workload.name for workload in deployed.program.workloads)
        with loopback_client() as http:
            drifting = DriftingStack(wanted, deployed, Live(declared, health, http))
            return compared(drifting, [*own, *areas_of(drifting)])
    except (ConfigurationError, Failure, CouldNotRunError, NoAnswerError) as error:
        return DriftReport(stack, datetime.now(UTC), error=str(error))
    except PermissionError as error:
        return DriftReport(stack, datetime.now(UTC), error=not_readable(error.filename))


def compared(stack: DriftingStack, areas: Iterable[Area]) -> DriftReport:
    """What came of each area; one that does not answer keeps no other from being compared."""
    differences: list[Difference] = []
    counts: dict[str, int] = {}
    left_out: dict[str, str] = {}
    unanswered: dict[str, str] = {}
    for area in areas:
        try:
            found = area.compare()
        except NoWayError as error:
            left_out[area.name] = str(error)
        except NoAnswerError as error:
            unanswered[area.name] = str(error)
        else:
            counts[area.name] = found.count
            differences += found.differences
    shown = redaction(stack.live)
    told = tuple(shown.of(difference) for difference in differences)
    return DriftReport(stack.live.declared.stack, datetime.now(UTC), told, counts, left_out, unanswered)
