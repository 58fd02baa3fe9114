"""What an engine runs: the resources of a stack, and its addresses as outputs."""

from __future__ import annotations

import pulumi
import pytest

from program import run as module
from program.run import run
from tests.plans import program_of
from workloads.program import Program


def test_every_address_is_an_output_of_the_stack_that_was_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, object] = {}
    deployed: list[Program] = []
    monkeypatch.setattr(module, "deploy", lambda program, _config: deployed.append(program))
    monkeypatch.setattr(pulumi, "export", lambda name, value: told.update({name: value}))
    program = program_of()
    run(program)
    assert deployed == [program]
    assert told == {
        "alertmanagerUrl": "http://127.0.0.1:9093",
        "grafanaUrl": "http://127.0.0.1:3000",
        "memory-apiUrl": "http://127.0.0.1:8000",
        "prometheusUrl": "http://127.0.0.1:9090",
    }
