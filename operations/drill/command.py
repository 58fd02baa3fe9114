"""`make drill`: choose drills, run them on the running stack, say what came of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from docker.errors import NotFound
from rich.console import Console

from alerting.inhibition import edges
from components.demo import RECORDER
from components.endpoints import ALERTMANAGER
from images.build import tool_path
from operations.drill.drill import Drill
from operations.drill.faults import all_drills
from operations.drill.replay import plain_configuration, replay
from operations.drill.report import print_incidents, print_outcomes, status
from operations.drill.run import DrillOutcome, run_drill
from operations.drill.schedule import run_all
from operations.drill.soak import soaked
from operations.drill.told import Delivery
from operations.drill.world import DRILL_LABEL, Watch, World
from operations.verify.declared import Declared, read_declared
from operations.verify.live import Live
from runtimes import runtime_kind
from runtimes.console import Failure, counted, note, step
from runtimes.daemon import docker_client
from runtimes.health import CouldNotRunError, NoAnswerError, loopback_client


def chosen(names: Sequence[str], *, short: bool = False, long: bool = False, incidents: bool = False) -> list[Drill]:
    """The drills that are asked for: the named ones; else the short ones, the incidents, all, or all but the long ones.

    Raises:
        Failure: naming every name that there is not.
    """
    known = {drill.name: drill for drill in all_drills()}
    if unknown := [name for name in names if name not in known]:
        raise Failure(f"No drill is called {', '.join(unknown)}: make drill ARGS=--list shows all {len(known)}.")
    if names:
        return [known[name] for name in dict.fromkeys(names)]
    if short:
        return [drill for drill in known.values() if drill.length == "short"]
    if incidents:
        return [drill for drill in known.values() if drill.incident]
    return [drill for drill in known.values() if long or drill.length != "long"]


def drill_stack(stack: str, file: Path | None, drills: Sequence[Drill]) -> int:
    """Run drills and print the table.

    Returns:
        0 when all that could be run passed, 1 when one failed.

    Raises:
        Failure: when nothing can be run.
    """
    started = time.monotonic()
    with _told_as_failures():
        outcomes = _run(_live(stack, file), drills)
    print_outcomes(outcomes, time.monotonic() - started, Console())
    if incidents := [outcome for outcome in outcomes if outcome.drill.incident and outcome.alerts]:
        step("Counting what the same alerts are under plain rules, by severity alone")
        print_incidents([(outcome, _under_plain_rules(outcome)) for outcome in incidents], Console())
    return 1 if any(outcome.problems for outcome in outcomes) else 0


def soak_stack(stack: str, file: Path | None, seconds: float) -> int:
    """Leave a stack alone and print whatever was told of it.

    Args:
        seconds: how long.

    Returns:
        0 when all was silent, 1 when it was not.

    Raises:
        Failure: when nothing can be watched.
    """
    with _told_as_failures():
        live = _live(stack, file)
        step(f"Watching stack {stack} for {seconds / 60:g} min; nothing may be told")
        with Watch(live) as watch:
            problems = soaked(_world(live, watch), seconds)
    print("\n".join(problems) or f"Silent for {seconds / 60:g} min, and the heartbeat came.")
    return 1 if problems else 0


@contextmanager
def _told_as_failures() -> Iterator[None]:
    try:
        yield
    except (CouldNotRunError, NoAnswerError) as error:
        raise Failure(str(error)) from error


def _live(stack: str, file: Path | None) -> Live:
    declared = read_declared(stack, file)
    _require_drillable(declared)
    health = runtime_kind(declared.settings.runtime).health(declared.program)
    health.require_up([RECORDER])
    return Live(declared, health, loopback_client())


def _world(live: Live, watch: Watch) -> World:
    declared = live.declared
    directory = declared.settings.runtime_section.stack_directory(declared.stack)
    return World(live, docker_client(), watch, directory, edges(declared.program.plan))


def _run(live: Live, drills: Sequence[Drill]) -> list[DrillOutcome]:
    declared = live.declared
    left_out = {drill.name: why for drill in drills if (why := _cannot(drill, declared))}
    possible = [drill for drill in drills if drill.name not in left_out]
    started, finished = time.monotonic(), list[DrillOutcome]()

    def done(outcome: DrillOutcome) -> None:
        finished.append(outcome)
        note(f"{outcome.drill.name}: {status(outcome)}. {' '.join(outcome.problems)}".rstrip())

    step(f"Running {counted(len(possible), 'drill')} on stack {declared.stack}; Ctrl-C repairs and ends")
    with Watch(live) as watch:
        world = _world(live, watch)
        try:
            outcomes = run_all(
                possible,
                lambda drill: run_drill(drill, world, lambda text: note(f"{drill.name}: {text}")),
                world.stopping,
                done,
                world.inhibitions,
            )
        except KeyboardInterrupt:
            print_outcomes(finished, time.monotonic() - started, Console())
            raise
        finally:
            _remove_helpers(world)
    by_name = {outcome.drill.name: outcome for outcome in outcomes}
    return [by_name.get(drill.name) or DrillOutcome(drill, skipped=left_out[drill.name]) for drill in drills]


def _under_plain_rules(outcome: DrillOutcome) -> Sequence[Delivery]:
    note(outcome.drill.name)
    return replay(tool_path(ALERTMANAGER.workload), plain_configuration(), outcome.alerts)


def _cannot(drill: Drill, declared: Declared) -> str:
    """Why a drill cannot be run on this stack; empty when it can."""
    for name in drill.needs:
        if declared.workload(name) is None:
            return f"The stack has no {name}. {declared.program.missing.get(name, '')}".strip()
    return ""


def _require_drillable(declared: Declared) -> None:
    """See that faults can be caused here, and that somebody records what is told.

    Raises:
        Failure: saying which setting is missing.
    """
    if declared.settings.runtime != "docker":
        raise Failure(
            f"Drills break containers of a Docker daemon; stack {declared.stack} runs on {declared.settings.runtime}."
            " Run them on a stack with runtime: docker, such as dev."
        )
    if declared.workload(RECORDER) is None:
        raise Failure(
            f"Stack {declared.stack} has no {RECORDER}, the receiver that drills read: set demo.enabled to true,"
            " and run the drills on no stack that others rely on."
        )


def _remove_helpers(world: World) -> None:
    for container in world.client.containers.list(all=True, filters={"label": f"{DRILL_LABEL}={world.stack}"}):
        with suppress(NotFound):
            container.remove(force=True)


def tell(failure: Failure) -> int:
    """Print why nothing could be run. Returns the exit status."""
    print(failure, file=sys.stderr)
    return 2
