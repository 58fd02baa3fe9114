"""Reading a stack file, and the same from the engine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import ConfigurationError
from settings.stackfile import check_stack_name, read_engine_config, read_stack_file
from tests.plans import ROOT
from tests.unit.settings.few_kinds import loaded, mistakes_in, stack_file


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "config: [",
            "Pulumi.dev.yaml (line 2): found no valid YAML (column 1: did not find expected node content). "
            "Allowed: a YAML mapping.",
            id="no YAML",
        ),
        pytest.param(
            "",
            "Pulumi.dev.yaml: found nothing: nothing is configured. Allowed: a mapping with the key config. "
            "Copy Pulumi.dev.yaml and edit its services.",
            id="an empty file",
        ),
        pytest.param(
            "- config\n",
            "Pulumi.dev.yaml (line 1): found ['config']. Allowed: a mapping with the key config.",
            id="a list",
        ),
        pytest.param(
            "config: 5",
            "config (line 1): found 5. Allowed: a mapping of monitoring:<key> to values.",
            id="no mapping",
        ),
        pytest.param(
            "config: {}",
            "config (line 1): found nothing: nothing is configured. Allowed: monitoring:services and the keys beside "
            "it. Copy those of Pulumi.dev.yaml and edit its services.",
            id="nothing to monitor",
        ),
        pytest.param(
            "config: {'aws:region': eu, 'monitoring:services': [{name: a, kind: fastapi, target: 'a:1'}]}",
            "aws:region (line 1): found unknown namespace 'aws'. Allowed: monitoring:<key>.",
            id="a namespace that nobody reads",
        ),
        pytest.param(
            "config:\n  monitoring:services: [{name: a, kind: fastapi, target: 'a:1'}]\n"
            "  services: [{name: b, kind: fastapi, target: 'b:1'}]\n",
            "services (line 3): found 'services', a key without its namespace. Allowed: monitoring:services. "
            "Write its namespace.",
            id="a key without its namespace, which replaces nothing",
        ),
        pytest.param(
            "config:\n  monitoring:services: [{name: a, kind: fastapi, target: 'a:1'}]\nmonitoring:demo: {}\n",
            "monitoring:demo (line 3): found unknown key 'monitoring:demo' beside config. Allowed: config, "
            "encryptedkey, encryptionsalt, environment, secretsprovider. Below config it is monitoring:demo.",
            id="a section at the wrong level",
        ),
        pytest.param(
            "config:\n  monitoring:services: [{name: a, kind: fastapi, target: 'a:1'}]\n"
            "  monitoring:demo: {enabled: !!bool maybe}\n",
            "demo.enabled (line 3): found 'maybe' with the tag !!bool. Allowed: text, numbers, true, false, lists and "
            "mappings. Leave the tag out.",
            id="a tag, told once",
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


def test_a_missing_file_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    for name in ("prod", "dev"):
        (tmp_path / f"Pulumi.{name}.yaml").touch()
    with pytest.raises(ConfigurationError) as refused:
        read_stack_file(tmp_path / "Pulumi.staging.yaml")
    (mistake,) = refused.value.mistakes
    assert mistake.allowed == "a stack file, such as Pulumi.dev.yaml, Pulumi.prod.yaml"


def test_keys_of_pulumi_and_its_providers_are_left_alone(tmp_path: Path) -> None:
    path = stack_file(
        tmp_path,
        """\
        encryptionsalt: v1:abc
        config:
          pulumi:disable-default-providers: ["*"]
          docker:host: ssh://somewhere
          monitoring:services: [{name: api, kind: fastapi, target: "api:8000"}]
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
    # Only the file has lines.
    assert found == [re.sub(r" \(line \d+\)", "", sentence) for sentence in mistakes_in(read_stack_file(path))]
    assert len(found) == 4
    assert "hunter2" not in "".join(found)


def test_mistakes_in_the_text_in_fields_names_relations_secrets_and_ports_are_told_together(tmp_path: Path) -> None:
    path = stack_file(
        tmp_path,
        """\
        config:
          monitoring:services:
            - {name: api, kind: fastapi, target: "http://api:80", depends_on: [chache], scrape_interval: 5m}
            - {name: api, kind: redis, target: "cache:6379", password: nowhere}
            - {name: cache, knid: redis, target: "cache:6379", 5: x}
          monitoring:docker: {ports: {grafana: 9090}}
          monitoring:prometheus: {storage: 1Mi, memory: lots}
          services: []
        """,
    )
    assert [sentence.split(": found")[0] for sentence in mistakes_in(read_stack_file(path))] == [
        "services (line 8)",
        "services[0].target (line 3)",
        "services[0].depends_on[0] (line 3)",
        "services[0].scrape_interval (line 3)",
        "services[1].name (line 4)",
        "services[1].password (line 4)",
        "services[2].5 (line 5)",
        "services[2].kind (line 5)",
        "docker.ports.prometheus (line 6)",
        "prometheus.memory (line 7)",
        "prometheus.storage (line 7)",
    ]


def test_a_kind_under_a_misspelt_key_is_found_and_the_rest_is_checked(tmp_path: Path) -> None:
    path = stack_file(
        tmp_path, "config:\n  monitoring:services: [{name: a, knid: redis, target: 'a:1', colour: red}]\n"
    )
    assert [sentence.partition(". Allowed")[0] for sentence in mistakes_in(read_stack_file(path))] == [
        "services[0].kind (line 2): found nothing, but 'knid' beside it",
        "services[0].colour (line 2): found unknown key 'colour'",
    ]


def test_a_file_that_is_a_directory_is_one_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"found what cannot be read \(Is a directory\)"):
        read_stack_file(tmp_path)


@pytest.mark.parametrize("name", ["", "Dev", "a b", "../x", "a.b", "-a", "a\n", "x" * 64])
def test_a_stacks_name_is_that_of_its_containers_and_files(name: str) -> None:
    with pytest.raises(ConfigurationError, match="Allowed: lower-case letters and digits, with dashes"):
        check_stack_name(name)


def test_a_stacks_name_may_be_long_and_begin_with_a_digit() -> None:
    check_stack_name("2026-" + "x" * 58)
