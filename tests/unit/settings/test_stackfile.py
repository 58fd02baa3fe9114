"""Reading a stack file, and the same from the engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import ConfigurationError
from settings.stackfile import read_engine_config, read_stack_file
from tests.plans import ROOT
from tests.unit.settings.few_kinds import loaded, mistakes_in, stack_file


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "config: [",
            "Pulumi.dev.yaml: found no valid YAML (line 1, column 10: expected the node content, but found "
            "'<stream end>'). Allowed: a YAML mapping.",
            id="no YAML",
        ),
        pytest.param(
            "config:\n  monitoring:grafana: {}\n  monitoring:demo: {}\n  monitoring:grafana: {}\n",
            "Pulumi.dev.yaml: found no valid YAML (line 4, column 3: the key 'monitoring:grafana' stands there twice). "
            "Allowed: a YAML mapping.",
            id="a key that would silently win over the same key above it",
        ),
        pytest.param(
            "config:\n  monitoring:environment: caf\udce9\n",
            "Pulumi.dev.yaml: found no valid YAML ('utf-8' codec can't decode byte 0xe9 in position 37: "
            "invalid continuation byte). Allowed: a YAML mapping.",
            id="another encoding",
        ),
        pytest.param(
            "", "config: found nothing. Allowed: a mapping of monitoring:<key> to values.", id="an empty file"
        ),
        pytest.param(
            "config: 5", "config: found 5. Allowed: a mapping of monitoring:<key> to values.", id="no mapping"
        ),
        pytest.param(
            "config: {}",
            "services: found nothing. Allowed: a list of services, each with name, kind and target. "
            "Add one entry for each service to monitor.",
            id="nothing to monitor",
        ),
        pytest.param(
            "config: {'aws:region': eu, 'monitoring:services': [{name: a, kind: fastapi, target: 'a:1'}]}",
            "aws:region: found unknown namespace 'aws'. Allowed: monitoring:<key>.",
            id="a namespace that nobody reads",
        ),
    ],
)
def test_a_file_that_cannot_be_read_as_a_stack_is_one_mistake(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    with pytest.raises(ConfigurationError) as refused:
        loaded(read_stack_file(path))
    assert [str(mistake) for mistake in refused.value.mistakes] == [sentence]


def test_a_missing_file_is_one_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_stack_file(tmp_path / "Pulumi.staging.yaml")
    assert str(refused.value) == (
        "Pulumi.staging.yaml: 1 mistake, nothing was deployed.\n"
        "  1. Pulumi.staging.yaml: found no such file. Allowed: a stack file. "
        "Copy Pulumi.dev.yaml and edit its services."
    )


def test_keys_of_pulumi_and_its_providers_are_left_alone(tmp_path: Path) -> None:
    path = stack_file(
        tmp_path,
        """\
        encryptionsalt: v1:abc
        config:
          pulumi:disable-default-providers: ["*"]
          docker:host: ssh://somewhere
          services: [{name: api, kind: fastapi, target: "api:8000"}]
        """,
    )
    assert [found.name for found in loaded(read_stack_file(path)).services] == ["api"]


# As the engine hands it over: every value a string, mappings and lists as JSON, secrets decrypted.
def as_the_engine_holds_it(path: Path) -> tuple[dict[str, str], set[str]]:
    config: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    secret = {key for key, value in config.items() if isinstance(value, dict) and set(value) == {"secure"}}
    values = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return values | dict.fromkeys(secret, "hunter2"), secret


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_engine_and_the_stack_file_say_the_same(stack: str) -> None:
    path = ROOT / f"Pulumi.{stack}.yaml"
    values, secret = as_the_engine_holds_it(path)
    assert read_engine_config(values, secret, stack) == read_stack_file(path)


MISTAKEN = """\
    config:
      monitoring:environment: "[dev"
      monitoring:services:
        - {name: API, kind: fastapi, target: "api:8000"}
      monitoring:demo:
        error_share: 3
      monitorng:grafana: {}
      monitoring:slackUrl:
        secure: v1:abc
    """


def test_the_engine_and_the_stack_file_agree_on_secrets_and_on_mistakes(tmp_path: Path) -> None:
    path = stack_file(tmp_path, MISTAKEN)
    values, secret = as_the_engine_holds_it(path)
    from_engine = read_engine_config(values, secret, "dev")
    assert from_engine == read_stack_file(path)
    assert from_engine.secrets_set == {"slackUrl"}
    found = mistakes_in(from_engine)
    assert found == mistakes_in(read_stack_file(path))
    assert len(found) == 4
    assert "hunter2" not in "".join(found)
