"""Each example of docs/scraping.md is a list of services that is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml

from components.prometheus import prometheus_workload
from program.plan import planned
from settings.stackfile import RawConfiguration
from tests.conftest import PLACE
from tests.plans import ROOT, settings_of

EXAMPLES = re.findall(r"```yaml\n(.+?)```", (ROOT / "docs" / "scraping.md").read_text(encoding="utf-8"), re.DOTALL)
SECRET = re.compile(r"[a-z]+(Authority|Certificate|Key|Password|Token)")


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 9


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_accepted_and_its_secrets_are_files_of_prometheus(example: str) -> None:
    services = yaml.safe_load(example)
    secrets = {text for text in texts(services) if SECRET.fullmatch(text)}
    docker = {"socket_group": 999, "networks": ["shop_default"]} if "docker:" in example else {}
    raw = RawConfiguration("Pulumi.test.yaml", {"services": services, "docker": docker}, frozenset(secrets))
    workload = prometheus_workload(planned(settings_of(raw), "test"), PLACE, [])
    assert secrets <= workload.secrets.keys()
    assert workload.config
    for secret in secrets:
        assert f"_file: /run/secrets/{secret}\n" in workload.config.files["prometheus.yml"] or (
            f"- /run/secrets/{secret}\n" in workload.config.files["prometheus.yml"]
        )
