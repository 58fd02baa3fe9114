"""Grafana: what is said of one that is there already, and sign-in, each with all that it needs."""

from __future__ import annotations

from collections.abc import Iterator

from settings.checks.checked import Checked
from settings.errors import Mistake, shown
from settings.grafana import GrafanaSettings


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield what goes only with a Grafana of the stack's own, or only with another; and an address that is missing."""
    grafana = checked.grafana
    if grafana is None:
        return
    if grafana.oidc and grafana.is_own and grafana.url is None:
        yield Mistake("grafana.url", "nothing", "a URL with grafana.oidc", "There people are sent back to.")
    yield from _own(grafana) if grafana.is_own else _existing(grafana)


def _own(grafana: GrafanaSettings) -> Iterator[Mistake]:
    for uid, url in grafana.sources.items():
        action = "The stack's own Grafana reaches its data sources by itself; remove it, or set grafana.auth."
        yield Mistake(f"grafana.sources.{uid}", shown(url), "nothing without grafana.auth", action)
    if grafana.service_account and grafana.content != "provider":
        found, allowed = shown(grafana.service_account), "nothing with grafana.content: files"
        yield Mistake("grafana.service_account", found, allowed, "Only the provider makes one.")


def _existing(grafana: GrafanaSettings) -> Iterator[Mistake]:
    if grafana.url is None:
        yield Mistake("grafana.url", "nothing", "a URL with grafana.auth", "There the provider writes to.")
    if grafana.content != "provider":
        found, action = shown(grafana.content), "Nothing can be mounted into a Grafana that is there already."
        yield Mistake("grafana.content", found, "'provider' with grafana.auth", action)
    if grafana.manages_alerts:
        action = "One Grafana has one tree of notification policies: that of others would be replaced."
        yield Mistake("grafana.alerting", shown(grafana.alerting), "'alertmanager' with grafana.auth", action)
    if grafana.oidc:
        action = "Who signs in to a Grafana that is there already is set up there; remove it."
        yield Mistake("grafana.oidc", "sign-in settings", "nothing with grafana.auth", action)
