"""A stack file that extends another: what the stack then is, and where its mistakes are told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from settings.errors import ConfigurationError, Mistake
from settings.load import refusal
from settings.stackfile import read_engine_config, read_stack_file, with_base
from tests.plans import ROOT
from tests.unit.settings.few_kinds import loaded, mistakes_in

SHOP = """\
config:
  monitoring:services:
    - {name: api, kind: fastapi, target: "api:8000", owner: shop}
    - {name: cache, kind: redis, target: "cache:6379"}
  monitoring:retention: {metrics: 20d, logs: 3d}
"""
STAGING = """\
config:
  monitoring:extends: shop.yaml
  monitoring:services:
    - {name: api, target: "api.staging:8000"}
  monitoring:retention: {metrics: 15d}
"""


def written(folder: Path, staging: str = STAGING, shop: str | None = SHOP) -> Path:
    if shop is not None:
        (folder / "shop.yaml").write_text(shop, encoding="utf-8")
    path = folder / "Pulumi.staging.yaml"
    path.write_text(staging, encoding="utf-8")
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as found:
        loaded(read_stack_file(path))
    assert found.value.source == "Pulumi.staging.yaml"
    return [str(mistake) for mistake in found.value.mistakes]


def test_the_stack_has_what_both_say(tmp_path: Path) -> None:
    settings = loaded(read_stack_file(written(tmp_path)))
    assert [(found.name, found.kind, getattr(found, "target", None)) for found in settings.services] == [
        ("api", "fastapi", "api.staging:8000"),
        ("cache", "redis", "cache:6379"),
    ]
    assert (settings.retention.metrics, settings.retention.logs) == ("15d", "3d")


def test_the_engine_says_the_same(tmp_path: Path) -> None:
    path = written(tmp_path)
    values = {
        "monitoring:extends": "shop.yaml",
        "monitoring:services": json.dumps([{"name": "api", "target": "api.staging:8000"}]),
        "monitoring:retention": json.dumps({"metrics": "15d"}),
    }
    assert with_base(read_engine_config(values, (), "staging"), tmp_path) == read_stack_file(path)


def test_each_mistake_is_told_with_the_file_where_it_stands(tmp_path: Path) -> None:
    shop = SHOP.replace("kind: redis", "kind: rediss").replace("logs: 3d", "lugs: 3d")
    staging = STAGING.replace("api.staging:8000", "api.staging").replace("15d", "1x")
    assert [sentence.partition(". Allowed")[0] for sentence in refused(written(tmp_path, staging, shop))] == [
        "services[0].target (line 4): found 'api.staging'",
        "services[1].kind (shop.yaml, line 4): found 'rediss'",
        "retention.metrics (line 5): found '1x'",
        "retention.lugs (shop.yaml, line 5): found unknown key 'lugs'",
    ]


def test_a_service_in_a_sentence_is_counted_as_its_own_file_counts_it(tmp_path: Path) -> None:
    staging = STAGING.replace('    - {name: api, target: "api.staging:8000"}', "    - {name: jobs, kind: http}")
    raw = read_stack_file(written(tmp_path, staging))
    mistake = Mistake("services[2].target", "8000", "another port than that of services[2].port", "See services[1].")
    assert str(refusal(raw, [mistake]).mistakes[0]) == (
        "services[0].target (line 4): found 8000. Allowed: another port than that of services[0].port. "
        "See services[1] of shop.yaml."
    )


def test_a_mistake_in_the_engines_configuration_is_counted_as_the_stack_file_counts_it(tmp_path: Path) -> None:
    written(tmp_path)
    values = {
        "monitoring:extends": "shop.yaml",
        "monitoring:services": json.dumps([{"name": "new", "kind": "fastapi", "target": "new"}]),
    }
    raw = with_base(read_engine_config(values, (), "staging"), tmp_path)
    assert [sentence.partition(":")[0] for sentence in mistakes_in(raw)] == ["services[0].target"]


def test_services_are_left_out_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, STAGING + "  monitoring:without: [cache]\n")
    assert [found.name for found in loaded(read_stack_file(path)).services] == ["api"]


@pytest.mark.parametrize(
    ("staging", "shop", "sentences"),
    [
        pytest.param(
            STAGING,
            None,
            [
                "extends (line 2): found 'shop.yaml, which is no file'. Allowed: a file beside this one. "
                "It has the form of a stack file, with what stacks share."
            ],
            id="no such file",
        ),
        pytest.param(
            STAGING.replace("shop.yaml", "[shop.yaml]"),
            SHOP,
            ["extends (line 2): found ['shop.yaml']. Allowed: the name of a file, from this one's folder."],
            id="no name",
        ),
        pytest.param(
            STAGING + "  monitoring:without: [cash]\n",
            SHOP,
            ["without[0] (line 6): found 'cash'. Allowed: api, cache. Did you mean 'cache'?"],
            id="a service that is not there",
        ),
        pytest.param(
            STAGING + "  monitoring:without: cache\n",
            SHOP,
            ["without (line 6): found 'cache'. Allowed: a list of names of services."],
            id="no list",
        ),
        pytest.param(
            STAGING.replace("  monitoring:extends: shop.yaml\n", "  monitoring:without: [cache]\n"),
            None,
            [
                "services[0].kind (line 4): found nothing. Allowed: fastapi, postgres, probe, redis.",
                "without (line 2): found ['cache']. Allowed: nothing without extends. Remove it.",
            ],
            id="nothing to leave out of",
        ),
        pytest.param(
            STAGING,
            SHOP + "  monitoring:extends: other.yaml\n",
            [
                "extends (shop.yaml, line 6): found a key of stack files. Allowed: a file that extends no other. "
                "Remove it."
            ],
            id="a chain",
        ),
        pytest.param(
            STAGING,
            SHOP + "  monitoring:shopSlack: {secure: v1:x}\n  docker:host: ssh://x\n",
            [
                "shopSlack (shop.yaml, line 6): found a secret. Allowed: secrets in stack files. It is encrypted for "
                "one stack: set it for each.",
                "docker:host (shop.yaml, line 7): found a key of the engine's. Allowed: monitoring:<key>. The engine "
                "reads stack files alone: move it there.",
            ],
            id="what only a stack file can say",
        ),
        pytest.param(
            STAGING,
            "config: [",
            [
                "shop.yaml (shop.yaml, line 2): found no valid YAML (column 1: did not find expected node content). "
                "Allowed: a YAML mapping."
            ],
            id="no YAML",
        ),
        pytest.param(
            STAGING,
            SHOP + "  services: []\n",
            [
                "services (shop.yaml, line 6): found 'services', a key without its namespace. "
                "Allowed: monitoring:services. Write its namespace."
            ],
            id="a mistake in its text",
        ),
    ],
)
def test_what_cannot_be_extended(tmp_path: Path, staging: str, shop: str | None, sentences: list[str]) -> None:
    assert refused(written(tmp_path, staging, shop)) == sentences


def test_settings_in_the_projects_own_file_are_refused_which_only_the_engine_would_read(tmp_path: Path) -> None:
    text = "config:\n  monitoring:runtime: {default: docker}\n  pulumi:tags: {value: {}}\n"
    (tmp_path / "Pulumi.yaml").write_text(text, encoding="utf-8")
    assert refused(written(tmp_path)) == [
        "config.monitoring:runtime (Pulumi.yaml, line 2): found a setting of every stack. Allowed: settings in stack "
        "files. Move it to a file that stacks name as monitoring:extends."
    ]


def test_the_project_itself_has_no_settings_in_its_own_file() -> None:
    assert read_stack_file(ROOT / "Pulumi.dev.yaml").mistakes == ()


def test_settings_that_come_from_no_file_cannot_extend_one(tmp_path: Path) -> None:
    raw = read_stack_file(written(tmp_path))
    raw = replace(raw, values={**raw.values, "extends": "shop.yaml"})
    assert mistakes_in(raw) == [
        "extends: found 'shop.yaml'. Allowed: nothing in settings that are no file. Merge what they share before you "
        "pass them."
    ]
