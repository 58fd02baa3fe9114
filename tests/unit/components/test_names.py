"""What the stack calls its own parts."""

from __future__ import annotations

from components.names import reserved_names
from tests.conftest import Deployment
from tests.unit.components.looking import jobs


def test_every_name_of_a_component_is_reserved(dev: Deployment) -> None:
    services = {service.name for service in dev.program.settings.services}
    assert set(jobs(dev)) - services <= reserved_names()
