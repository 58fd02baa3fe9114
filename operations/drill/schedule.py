"""Several drills at once: those side by side that do not touch the same services, one after the other otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event

from alerting.aftermath import RECENT_CAUSE
from alerting.edges import Edge
from operations.drill.drill import Alert, Drill
from operations.drill.run import DrillOutcome

_AT_ONCE = 12


def run_all(
    drills: Sequence[Drill],
    run: Callable[[Drill], DrillOutcome],
    stopping: Event,
    done: Callable[[DrillOutcome], None],
    inhibitions: Sequence[Edge] = (),
) -> list[DrillOutcome]:
    """Run drills and return their outcomes in the order of the drills.

    Args:
        run: one drill.
        inhibitions: those of the stack: what one drill expects may keep back what another waits for.
        stopping: set when an exception, such as Ctrl-C, ends the run: drills under way repair and end.
        done: told of each outcome as it comes.
    """
    waiting = in_order(drills, inhibitions)
    running: dict[Future[DrillOutcome], Drill] = {}
    outcomes: dict[str, DrillOutcome] = {}
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool, _stopped_by_exceptions(stopping):
        while waiting or running:
            for drill in list(waiting):
                if len(running) < _AT_ONCE and all(_apart(drill, other, inhibitions) for other in running.values()):
                    waiting.remove(drill)
                    running[pool.submit(run, drill)] = drill
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                drill = running.pop(future)
                outcomes[drill.name] = future.result()
                done(outcomes[drill.name])
    return [outcomes[drill.name] for drill in drills]


def in_order(drills: Sequence[Drill], inhibitions: Sequence[Edge]) -> list[Drill]:
    """The same drills, none after one that keeps its alert back for a quarter of an hour beyond its own end.

    Args:
        drills: in the order in which they are run where that does not matter.
        inhibitions: those of the stack.
    """
    lasting = [edge for edge in inhibitions if edge.relation == "aftermath"]
    outlasts = {
        drill.name: {other.name for other in drills if _is_remembered(drill.expects, other.expects, lasting)}
        for drill in drills
    }
    left, ordered = list(drills), list[Drill]()
    while left:
        names = {drill.name for drill in left}
        # Alerts never silence each other in a circle, but one alone may be expected by several drills.
        first = next((drill for drill in left if not outlasts[drill.name] & names), left[0])
        left.remove(first)
        ordered.append(first)
    return ordered


def _is_remembered(cause: Alert, other: Alert, lasting: Sequence[Edge]) -> bool:
    """Whether what is left of one alert silences another."""
    left = {**cause.usual_labels, "alertname": RECENT_CAUSE, "of": cause.name}
    return any(edge.silences(left, other.usual_labels) for edge in lasting)


def _apart(one: Drill, other: Drill, inhibitions: Sequence[Edge]) -> bool:
    if one.alone or other.alone or one.touches & other.touches:
        return False
    first, second = one.expects.usual_labels, other.expects.usual_labels
    return not any(edge.silences(first, second) or edge.silences(second, first) for edge in inhibitions)


@contextmanager
def _stopped_by_exceptions(stopping: Event) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # Before the pool is left, which waits for its threads.
        stopping.set()
        raise
