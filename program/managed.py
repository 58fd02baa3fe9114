"""What Grafana needs to judge and route alerts itself, and what it cannot do that Alertmanager can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic_core import PydanticCustomError

from alerting.receivers import receiver_kinds
from alerting.receivers.email import EmailSettings
from components.endpoints import GRAFANA
from images.catalog import Image
from program.images import image_references
from settings.errors import Mistake, shown
from settings.model import StackSettings

MANAGED = "grafana.alerting"
# What belongs to the mail server, which Grafana has one of.
_MAIL_SERVER = ("smarthost", "from_", "username", "password", "tls")
_IMPLICIT_PORT = "465"


def managed_alerting(settings: StackSettings, catalog: Mapping[str, Image]) -> Iterator[Mistake]:
    """Yield what keeps Grafana from managing alerts, where the settings say that it should.

    Args:
        settings: checked otherwise.
        catalog: every image there is, by component.
    """
    if not settings.grafana.manages_alerts:
        return
    if settings.grafana.content != "provider":
        found = f"'managed' with grafana.content: {settings.grafana.content}"
        yield Mistake(MANAGED, found, "'managed' with grafana.content: provider", "Only the provider writes alerting.")
    if GRAFANA.workload not in image_references(settings.images, catalog):
        yield Mistake(
            MANAGED,
            "'managed', and Grafana has no image",
            "'alertmanager', or an image in images.overrides.grafana",
            f"With images.source {settings.images.source}: {catalog[GRAFANA.workload].unavailable}",
        )
    if settings.availability == "high":
        yield Mistake(
            "availability",
            "'high'",
            f"'single' with {MANAGED}: managed",
            "Alerts are judged by the one Grafana then: its own high availability is set up beside this stack.",
        )
    if settings.alertmanager.url:
        yield Mistake(
            "alertmanager.url", shown(settings.alertmanager.url), f"nothing with {MANAGED}: managed", "Remove it."
        )
    for name, receiver in settings.receivers.items():
        try:
            receiver_kinds()[receiver.kind].grafana(receiver.settings)
        except PydanticCustomError as error:
            said = error.context or {}
            path = f"receivers.{name}.{receiver.kind}.{said['field']}"
            yield Mistake(path, said["found"], said["allowed"], said["action"])
    yield from _mail(settings)


def _mail(settings: StackSettings) -> Iterator[Mistake]:
    mailing = {
        name: receiver.settings
        for name, receiver in settings.receivers.items()
        if isinstance(receiver.settings, EmailSettings)
    }
    if not mailing:
        return
    first_name, first = next(iter(mailing.items()))
    for name, email in mailing.items():
        for field in _MAIL_SERVER:
            found, key = getattr(email, field), EmailSettings.model_fields[field].alias or field
            if found != (wanted := getattr(first, field)):
                yield Mistake(
                    f"receivers.{name}.email.{key}",
                    shown(found),
                    f"{shown(wanted)}, as in receivers.{first_name}.email",
                    f"Grafana has one mail server for all: with {MANAGED}: managed all receivers name the same.",
                )
    if first.tls == "implicit" and not first.smarthost.endswith(f":{_IMPLICIT_PORT}"):
        yield Mistake(
            f"receivers.{first_name}.email.smarthost",
            shown(first.smarthost),
            f"port {_IMPLICIT_PORT} with tls: implicit",
            f"With {MANAGED}: managed Grafana sends, and encrypts from the start on no other port.",
        )
