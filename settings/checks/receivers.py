"""Receivers: there when somebody names them, named by somebody, and somebody for every alert."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.errors import Mistake, did_you_mean, listed, shown
from settings.receiver import OWN_RECEIVERS


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield names of receivers that are not there, are taken, or that nothing names; and that nobody is the default."""
    receivers = set(checked.section("receivers"))
    referred = dict(_referred(checked))
    for path, name in referred.items():
        if isinstance(name, str) and name not in receivers:
            action = did_you_mean(name, receivers) or ("" if receivers else "Add it under receivers.")
            yield Mistake(path, f"{name!r}, a receiver that is not there", listed(receivers), action)
    for name in sorted(receivers & OWN_RECEIVERS):
        action = "The stack has a receiver of this name itself; rename it."
        yield Mistake(f"receivers.{name}", shown(name), "a name the stack does not use itself", action)
    for name in sorted(receivers - {*map(str, referred.values())}):
        yield Mistake(
            f"receivers.{name}",
            "a receiver that nothing names",
            "receivers that teams or alerting.default name",
            "Name it in page, notify or escalate.to of a team, or in alerting.default, or remove it.",
        )
    for key in ("receivers", "teams"):
        if checked.section(key) and checked.alerting and checked.alerting.default is None:
            yield Mistake(
                "alerting.default",
                "nothing",
                listed(receivers),
                "Without it nobody is told what has no team: services without an owner, and the stack's own parts.",
            )
            return


def _referred(checked: Checked) -> Iterator[tuple[str, object]]:
    """The receivers that something names, by the place, unchecked: teams with another mistake name them too."""
    for team, entry in checked.section("teams").items():
        said = entry if isinstance(entry, dict) else {}
        escalation = said.get("escalate")
        names = {"page": said.get("page"), "notify": said.get("notify")}
        names["escalate.to"] = escalation.get("to") if isinstance(escalation, dict) else None
        yield from ((f"teams.{team}.{key}", name) for key, name in names.items() if name is not None)
    default = checked.section("alerting").get("default")
    if default is not None:
        yield "alerting.default", default
