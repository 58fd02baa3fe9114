"""What services cannot work without, and how it is with that: shared by the dashboards about services."""

from __future__ import annotations

from dashboards.about_services import CHOSEN, of_service
from dashboards.panels import BAD, GOOD, WARNING, Column, Panel, node_graph, state_timeline, table
from dashboards.queries import metrics, metrics_table

_EDGES = f"max by (service, dependency) (service:depends_on:info{{{CHOSEN}}})"
_THERE = 'label_replace(service:up, "dependency", "$1", "service", "(.+)")'
_ALERTS = (
    'label_replace(ALERTS{alertstate="firing", severity!="none", service!=""}, "dependency", "$1", "service", "(.+)")'
)
_STATES = {"0": ("Down", BAD), "1": ("Up", GOOD)}


def dependencies() -> Panel:
    """Each declared dependency, and whether it is up."""
    return table(
        "Dependencies",
        "What each chosen service cannot work without. While a dependency is down or alerts, look there first: alerts "
        "of the service itself are held back.",
        {
            "up": metrics_table(f"{_EDGES} * on (dependency) group_left () max by (dependency) ({_THERE})"),
            "alerts": metrics_table(
                f"{_EDGES} * on (dependency) group_left () (count by (dependency) ({_ALERTS}) "
                f"or 0 * max by (dependency) ({_THERE}))"
            ),
        },
        columns=(
            Column("service", "Service", link=of_service("__data.fields.Service")),
            Column("dependency", "Depends on", link=of_service('__data.fields["Depends on"]')),
            Column("Value #up", "It is", colours={"0": BAD, "1": GOOD}, texts={"0": "Down", "1": "Up"}),
            Column("Value #alerts", "Its alerts", unit="none", steps=((0, GOOD), (1, BAD))),
        ),
        sorted_by="Its alerts",
        width=24,
        height=8,
    )


def dependency_graph() -> Panel:
    """Who depends on whom."""
    # What is depended on is there too, chosen or not: an arrow must lead to something.
    nodes = (
        f"max by (id) (label_replace(service:up{{{CHOSEN}}} or ({_THERE} and on (dependency) {_EDGES}), "
        '"id", "$1", "service", "(.+)"))'
    )
    named = f'label_join({_EDGES}, "id", " to ", "service", "dependency")'
    ends = f'label_replace({named}, "source", "$1", "service", "(.+)")'
    return node_graph(
        "Who depends on whom",
        "An arrow leads from a service to what it cannot work without. When several are down, begin with the one that "
        "no arrow leaves.",
        metrics_table(
            " or ".join(
                f'label_replace({nodes} == {value}, "color", "{colour}", "", "")'
                for value, (_, colour) in _STATES.items()
            )
        ),
        metrics_table(f'max by (id, source, target) (label_replace({ends}, "target", "$1", "dependency", "(.+)"))'),
        states=_STATES,
    )


def degraded() -> Panel:
    """What services themselves report of what they depend on."""
    return state_timeline(
        "Dependencies as the service sees them",
        "Degraded while the service itself says that it works without a dependency, or with an emergency one.",
        [metrics(f"service:dependency_degraded:max{{{CHOSEN}}}", "{{service}} to {{dependency}}")],
        states={"0": ("Works", GOOD), "1": ("Degraded", WARNING)},
        empty="No service reports it",
        width=12,
    )
