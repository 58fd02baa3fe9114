"""What an engine runs: the resources of a stack, and its addresses as outputs."""

from __future__ import annotations

import pulumi
import pytest

from program.run import run
from runtimes.capture import capture
from tests.conftest import Deployment


def test_addresses_are_exported_by_component(dev: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    exported: dict[str, object] = {}

    def keep(name: str, value: pulumi.Output[str]) -> None:
        value.apply(lambda url: exported.update({name: url}))

    monkeypatch.setattr(pulumi, "export", keep)
    capture(lambda: run(dev.program), stack="dev", config={})
    assert exported == {f"{component}Url": url for component, url in dev.program.urls.items()}
    assert exported["prometheusUrl"] == "http://127.0.0.1:9090"
