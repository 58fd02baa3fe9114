"""What services say about each other: `depends_on`, `runs_on` and `metrics_from`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from settings.checks.checked import Checked
from settings.errors import Mistake, did_you_mean, listed, shown
from settings.service import OWN_MACHINE, MeteredService, Service


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield every reference to a service that is not there, and circles."""
    entries = checked.entries
    names = {str(entry["name"]) for entry in entries.values() if entry.get("name")}
    for index, entry in entries.items():
        own, wanted = entry.get("name"), entry.get("depends_on")
        for position, name in enumerate(wanted if isinstance(wanted, list) else []):
            path = f"services[{index}].depends_on[{position}]"
            others = names - {str(own)}
            if isinstance(name, str) and name == own:
                yield Mistake(path, shown(name), "another service", "A service cannot depend on itself.")
            elif isinstance(name, str) and name not in names:
                yield Mistake(path, shown(name), listed(others), did_you_mean(name, others))

    yield from _machines(checked)
    yield from _cycles(entries)
    yield from _sources(checked)


def _sources(checked: Checked) -> Iterator[Mistake]:
    """Every `metrics_from` that names nobody, or a service whose scrape brings no such series."""
    by_name = {str(entry["name"]): entry for entry in reversed([*checked.entries.values()]) if entry.get("name")}
    for index, entry in checked.entries.items():
        source, own = entry.get("metrics_from"), str(entry.get("name"))
        if not isinstance(source, str):
            continue
        reader = checked.known.kinds.get(str(entry.get("kind")))
        good = [
            name
            for name, other in by_name.items()
            if name != own and reader is not None and _why_not(checked, reader, other) is None
        ]
        path, allowed = f"services[{index}].metrics_from", f"another service: {listed(good)}"
        if source == own or source not in by_name:
            yield Mistake(path, shown(source), allowed, did_you_mean(source, good))
        elif reader and (why := _why_not(checked, reader, by_name[source])):
            end = by_name[source].get("metrics_from")
            action = f"Write metrics_from: {end}." if end in good else ""
            yield Mistake(path, f"{shown(source)}, {why}", allowed, action)


def _why_not(checked: Checked, reader: type[Service], source: Mapping[str, object]) -> str | None:
    """Why the scrape of a service brings nothing that another is about; None where it may."""
    model = checked.known.kinds.get(str(source.get("kind")))
    if model is None:
        # A mistake of its own.
        return None
    if "metrics_from" in source:
        return f"whose own series come from {source['metrics_from']}"
    if "otlp" in source:
        return "which sends its series by OTLP, and is not scraped"
    if not (model.program or (issubclass(reader, MeteredService) and reader.reads_exporters)):
        return f"a service of kind {source['kind']}, which has no such metrics"
    places = {"target", "discover"} & model.model_fields.keys()
    return None if not places or places & source.keys() else "which nothing scrapes"


def _machines(checked: Checked) -> Iterator[Mistake]:
    """Every `runs_on` that is not one machine: a job of several hosts does not say on which of them a service runs."""
    hosts = {
        str(entry.get("name"))
        for entry in checked.entries.values()
        if entry.get("kind") == "host" and "target" in entry
    }
    runtime = checked.known.runtimes.get(checked.runtime)
    # A runtime that is misspelt is its own mistake.
    own = {OWN_MACHINE} if runtime is None or runtime.one_machine else set()
    for index, entry in checked.entries.items():
        machine = entry.get("runs_on")
        allowed = (hosts | own) - {str(entry.get("name"))}
        if isinstance(machine, str) and machine not in allowed:
            wanted = f"a service of kind host with a target: {listed(allowed)}"
            near = did_you_mean(machine, allowed) or "Declare the machine, or leave runs_on out."
            yield Mistake(f"services[{index}].runs_on", shown(machine), wanted, near)


def _cycles(entries: Mapping[int, Mapping[str, object]]) -> Iterator[Mistake]:
    """Circles of services that depend on each other, each named where it begins in the list."""
    graph = {
        str(entry.get("name")): {str(name) for name in _needed(entry) if name != entry.get("name")}
        for entry in entries.values()
    }
    while circle := _circle(graph):
        index = min(index for index, entry in entries.items() if entry.get("name") in circle)
        start = circle.index(str(entries[index]["name"]))
        ordered = [*circle[start:], *circle[: start + 1]]
        action = "Keep the direction in which a failure spreads."
        yield Mistake(f"services[{index}].depends_on", " → ".join(ordered), "dependencies without a circle", action)
        # Those that are told are mended first: others through the same services may be gone then.
        graph = {name: needed for name, needed in graph.items() if name not in circle}


def _circle(graph: Mapping[str, Collection[str]]) -> list[str]:
    """One circle, in the order of dependence; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib lists a node before those that wait for it.
        circle: list[str] = error.args[1][:0:-1]
        return circle
    return []


def _needed(entry: Mapping[str, object]) -> Iterator[object]:
    """What an entry names as failing before it does."""
    wanted = entry.get("depends_on")
    yield from wanted if isinstance(wanted, list) else []
    if machine := entry.get("runs_on"):
        yield machine
