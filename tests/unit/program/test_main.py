"""`__main__.py`, which `pulumi up` runs by hand: how it ends, on the SDK's mocks."""

from __future__ import annotations

import asyncio
import contextvars
import json
import runpy

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.stack import run_pulumi_func

from settings.stackfile import PROJECT
from tests.stacks import ROOT


class Registered(Mocks):
    """Keeps the names of resources."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def call(self, args: MockCallArgs) -> tuple[dict[str, object], None]:
        return {}, None

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, object]]:
        self.names.append(args.name)
        return args.name, dict(args.inputs)


def ended(config: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[object, Registered]:
    """The program's exit status, and what it registered before that."""
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(config))
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", "[]")
    registered, statuses = Registered(), list[object]()

    def program() -> None:
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
        statuses.append(end.value.code)

    def run() -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            set_mocks(registered, project=PROJECT, stack="kettle", preview=False)
            pulumi.runtime.set_all_config(config, [])
            loop.run_until_complete(run_pulumi_func(program))
        finally:
            loop.close()
            asyncio.set_event_loop(None)

    contextvars.copy_context().run(run)
    return statuses[0], registered


def test_a_mistake_ends_with_the_status_that_makes_pulumi_add_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    status, registered = ended({f"{PROJECT}:retentoin": "{}"}, monkeypatch)
    assert status == 32
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.getMessage().startswith("Pulumi.kettle.yaml: ")
    assert "unknown key 'retentoin'" in record.getMessage()
    assert registered.names == []
