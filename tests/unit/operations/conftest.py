"""Made-up stacks: one on a runtime where commands need no Docker and no engine, and one that people are on call for."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.verify.declared import Declared
from tests.stacks import stack_file
from tests.unit.operations.oncall.shift import Shift
from tests.unit.operations.verify.world import SERVICES, declare, world_of

RECEIVERS = {
    "pager": {"pagerduty": {"routing_key": "pagerKey"}},
    "chat": {"slack": {"webhook": "chatUrl", "channel": "#a"}},
    "hook": {"webhook": {"url": "https://example.com/in"}},
}


@pytest.fixture
def file(kettle: str, tmp_path: Path) -> Path:
    """Its stack file; the stack is called tea."""
    return stack_file(tmp_path, "tea", runtime=kettle)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Pulumi."""
    for module in ("up", "down"):
        monkeypatch.setattr(f"operations.{module}.find_engine", lambda _target: (None, "there is none"))


@pytest.fixture(scope="session")
def on_call(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """What the stack declares: a team with a pager and a chat, in a time zone."""
    return declare(
        tmp_path_factory.mktemp("oncall"),
        services=[
            *({**service, "owner": "memory"} for service in SERVICES),
            {"name": "memory-queries", "kind": "queries", "metrics_from": "memory-api"},
        ],
        receivers=RECEIVERS,
        teams={"memory": {"page": "pager", "notify": "chat"}},
        alerting={"default": "hook", "timezone": "Europe/Berlin"},
        pagerKey={"secure": "v1:a"},
        chatUrl={"secure": "v1:b"},
    )


@pytest.fixture
def shift(on_call: Declared) -> Shift:
    """A quiet shift: nothing fires."""
    return Shift(world_of(on_call))
