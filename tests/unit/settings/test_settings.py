"""Stack files: what is accepted, and the exact sentence that every kind of mistake gets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from catalog import kinds
from images.catalog import load_catalog
from program.known import known
from references.schema import schema_text
from runtimes import sections
from settings import ConfigurationError, Service, StackSettings, load_settings
from settings.model import stack_model
from settings.stackfile import PROJECT, RawConfiguration, read_engine_config, read_stack_file

ROOT = Path(__file__).resolve().parents[3]
# A fixed selection, so that a new kind changes no message here.
KINDS: dict[str, type[Service]] = {name: kinds()[name].settings for name in ("fastapi", "postgres", "probe", "redis")}
IMAGES = frozenset({"grafana", "loki", "prometheus"})
API: dict[str, object] = {"name": "api", "kind": "fastapi", "target": "api:8000"}
SECTIONS = (
    "alertmanager, alerts, demo, docker, environment, grafana, images, kubernetes, loki, prometheus, retention,"
    " runtime, services"
)
A_NAME = "a name of lower-case letters, digits and dashes, starting with a letter, 40 characters at most"
A_TARGET = "host:port with a port from 1 to 65535, for example memory-api:8000"
A_DURATION = "a duration such as 30s, 5m, 12h, 15d, 2w or 1y"
A_SECRET = "the name of a secret in camelCase, for example memoryDbPassword"


def raw(secrets: tuple[str, ...] = (), /, **values: object) -> RawConfiguration:
    """A configuration whose only service is an API, unless `services` says otherwise."""
    return RawConfiguration("Pulumi.dev.yaml", {"services": [API], **values}, frozenset(secrets))


def loaded(configuration: RawConfiguration) -> StackSettings:
    return load_settings(configuration, replace(known(IMAGES), kinds=KINDS))


def mistakes_in(configuration: RawConfiguration) -> list[str]:
    """Every mistake as the user reads it."""
    with pytest.raises(ConfigurationError) as refused:
        loaded(configuration)
    return [str(mistake) for mistake in refused.value.mistakes]


def service(**fields: object) -> RawConfiguration:
    """A configuration with one service: the API with these fields changed; None removes a field."""
    return raw(services=[{key: value for key, value in {**API, **fields}.items() if value is not None}])


def stack_file(folder: Path, text: str) -> Path:
    path = folder / "Pulumi.dev.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(
            raw(promtheus={}),
            f"promtheus: found unknown key 'promtheus'. Allowed: {SECTIONS}. Did you mean 'prometheus'?",
            id="an unknown section, with the nearest name",
        ),
        pytest.param(
            raw(wallpaper="blue"),
            f"wallpaper: found unknown key 'wallpaper'. Allowed: {SECTIONS}.",
            id="an unknown section that is near to none",
        ),
        pytest.param(
            raw(prometheus={"storag": "5Gi"}),
            "prometheus.storag: found unknown key 'storag'. "
            "Allowed: evaluation_interval, memory, scrape_interval, storage, url. Did you mean 'storage'?",
            id="an unknown key in a section",
        ),
        pytest.param(
            raw(docker={"ports": {"promtheus": 9090}}),
            "docker.ports.promtheus: found unknown key 'promtheus'. "
            "Allowed: alertmanager, grafana, memory_api, otlp_grpc, otlp_http, prometheus. Did you mean 'prometheus'?",
            id="an unknown key two levels down",
        ),
        pytest.param(
            service(ownr="shop"),
            "services[0].ownr: found unknown key 'ownr'. Allowed: alerts, depends_on, discover, kind, limits, "
            "metrics, name, owner, path, scrape_interval, slo, target. Did you mean 'owner'?",
            id="an unknown key in a service",
        ),
        pytest.param(
            service(metrics={"duration": "x"}),
            "services[0].metrics.duration: found unknown key 'duration'. Allowed: dependency_degraded, "
            "duration_seconds, histogram, requests_total, status_label. Did you mean 'duration_seconds'?",
            id="an unknown key that is the beginning of a known one",
        ),
        pytest.param(
            service(kind="fastap"),
            "services[0].kind: found 'fastap'. Allowed: fastapi, postgres, probe, redis. Did you mean 'fastapi'?",
            id="an unknown kind, with the nearest name",
        ),
        pytest.param(
            service(kind="cobol"),
            "services[0].kind: found 'cobol'. Allowed: fastapi, postgres, probe, redis.",
            id="an unknown kind that is near to none",
        ),
        pytest.param(
            service(kind=["fastapi"]),
            "services[0].kind: found ['fastapi']. Allowed: fastapi, postgres, probe, redis. Did you mean 'fastapi'?",
            id="a kind that is no text",
        ),
        pytest.param(
            raw(runtime="dokcer"),
            "runtime: found 'dokcer'. Allowed: docker, kubernetes. Did you mean 'docker'?",
            id="a choice that does not exist",
        ),
        pytest.param(raw(runtime=5), "runtime: found 5. Allowed: docker, kubernetes.", id="a number where one chooses"),
        pytest.param(
            raw(demo={"enabled": "yes"}),
            "demo.enabled: found 'yes'. Allowed: true or false.",
            id="text where true or false belongs",
        ),
        pytest.param(raw(demo=5), "demo: found 5. Allowed: a mapping of keys to values.", id="a number for a section"),
        pytest.param(
            raw(grafana=None),
            "grafana: found nothing. Allowed: a mapping of keys to values.",
            id="a section without content",
        ),
        pytest.param(
            raw(docker={"networks": "shop"}), "docker.networks: found 'shop'. Allowed: a list.", id="text for a list"
        ),
        pytest.param(
            raw(docker={"networks": ["shop", 7]}),
            "docker.networks[1]: found 7. Allowed: a string.",
            id="a number in a list of texts",
        ),
        pytest.param(
            raw(kubernetes={"context": True}),
            "kubernetes.context: found true. Allowed: a string.",
            id="true for an optional text",
        ),
        pytest.param(
            raw(retention={"metrics": 15}),
            f"retention.metrics: found 15. Allowed: {A_DURATION}.",
            id="a number for a duration",
        ),
        pytest.param(
            raw(environment=5), f"environment: found 5. Allowed: {A_NAME}.", id="a number for an optional name"
        ),
        pytest.param(
            raw(images={"overrides": {"grafana": 13}}),
            "images.overrides.grafana: found 13. Allowed: a string.",
            id="a number for an image",
        ),
        pytest.param(
            raw(docker={"ports": {"grafana": "3000"}}),
            "docker.ports.grafana: found '3000'. Allowed: a whole number from 1 to 65535.",
            id="a port in quotes",
        ),
        pytest.param(
            raw(docker={"ports": {"grafana": 3000.5}}),
            "docker.ports.grafana: found 3000.5. Allowed: a whole number from 1 to 65535.",
            id="half a port",
        ),
        pytest.param(
            raw(docker={"ports": {"grafana": 70000}}),
            "docker.ports.grafana: found 70000. Allowed: a whole number from 1 to 65535.",
            id="a port above the range",
        ),
        pytest.param(
            raw(docker={"ports": {"grafana": 0}}),
            "docker.ports.grafana: found 0. Allowed: a whole number from 1 to 65535.",
            id="a port below the range",
        ),
        pytest.param(
            raw(demo={"error_share": 1.5}),
            "demo.error_share: found 1.5. Allowed: a number from 0 to 1.",
            id="a share above one",
        ),
        pytest.param(
            raw(demo={"requests_per_second": 0}),
            "demo.requests_per_second: found 0. Allowed: a number above 0 and up to 200.",
            id="a rate of nothing",
        ),
        pytest.param(
            service(slo={"availability": 1}),
            "services[0].slo.availability: found 1. Allowed: a number above 0 and below 1.",
            id="an objective that nothing can miss",
        ),
        pytest.param(
            raw(docker={"directory": ""}),
            "docker.directory: found ''. Allowed: a string that is not empty.",
            id="an empty directory",
        ),
        pytest.param(service(name="Api"), f"services[0].name: found 'Api'. Allowed: {A_NAME}.", id="a capital letter"),
        pytest.param(
            service(name="a" * 41),
            f"services[0].name: found '{'a' * 41}'. Allowed: {A_NAME}.",
            id="a name that is too long",
        ),
        pytest.param(service(target="api"), f"services[0].target: found 'api'. Allowed: {A_TARGET}.", id="no port"),
        pytest.param(
            service(target="api:65536"),
            f"services[0].target: found 'api:65536'. Allowed: {A_TARGET}.",
            id="a target's port above the range",
        ),
        pytest.param(
            service(target="http://api:80"),
            f"services[0].target: found 'http://api:80'. Allowed: {A_TARGET}.",
            id="a URL for a target",
        ),
        pytest.param(
            service(path="metrics"),
            "services[0].path: found 'metrics'. Allowed: a path that starts with /.",
            id="a path without its slash",
        ),
        pytest.param(
            service(metrics={"requests_total": "http requests"}),
            "services[0].metrics.requests_total: found 'http requests'. Allowed: a Prometheus metric or label name.",
            id="a metric with a space",
        ),
        pytest.param(
            raw(retention={"metrics": "15days"}),
            f"retention.metrics: found '15days'. Allowed: {A_DURATION}.",
            id="a duration that is spelled out",
        ),
        pytest.param(
            raw(prometheus={"storage": "20GB"}),
            "prometheus.storage: found '20GB'. Allowed: a size such as 512Mi, 10Gi or 1Ti.",
            id="a size in another unit",
        ),
        pytest.param(
            raw(grafana={"url": "grafana.example.com"}),
            "grafana.url: found 'grafana.example.com'. Allowed: a URL that starts with http:// or https://.",
            id="a URL without a scheme",
        ),
        pytest.param(
            raw(services=[{"name": "db", "kind": "postgres", "target": "db:5432", "password": "pass word"}]),
            f"services[0].password: found 'pass word'. Allowed: {A_SECRET}.",
            id="a password where a secret's name belongs",
        ),
        pytest.param(service(name=None), f"services[0].name: found nothing. Allowed: {A_NAME}. Add it.", id="no name"),
        pytest.param(
            service(target=None),
            "services[0]: found no target and no discover. Allowed: exactly one of target, discover.",
            id="no target",
        ),
        pytest.param(
            service(kind=None),
            "services[0].kind: found nothing. Allowed: fastapi, postgres, probe, redis.",
            id="no kind",
        ),
        pytest.param(
            raw(services=[{"name": "db", "kind": "postgres", "target": "db:5432"}]),
            f"services[0].password: found nothing. Allowed: {A_SECRET}. Add it.",
            id="no password",
        ),
        pytest.param(
            raw(services=[API, {**API, "target": "api:8001"}]),
            "services[1].name: found 'api'. Allowed: a name no other service has. Rename one of them.",
            id="a name that is taken",
        ),
        pytest.param(
            service(name="grafana"),
            "services[0].name: found 'grafana'. Allowed: a name the stack does not use itself. "
            "The stack monitors its own components already; remove the entry or rename it.",
            id="a name of the stack's own",
        ),
        pytest.param(
            raw(services=[{**API, "depends_on": ["cahe"]}, {**API, "name": "cache"}]),
            "services[0].depends_on[0]: found 'cahe'. Allowed: cache. Did you mean 'cache'?",
            id="a dependency on nobody",
        ),
        pytest.param(
            service(depends_on=["api"]),
            "services[0].depends_on[0]: found 'api'. Allowed: another service. A service cannot depend on itself.",
            id="a dependency on itself",
        ),
        pytest.param(
            service(depends_on=[None]),
            f"services[0].depends_on[0]: found nothing. Allowed: {A_NAME}.",
            id="a dependency on nothing",
        ),
        pytest.param(
            raw(images={"overrides": {"promethes": "mirror/prometheus:1"}}),
            "images.overrides.promethes: found unknown component 'promethes'. "
            "Allowed: grafana, loki, prometheus. Did you mean 'prometheus'?",
            id="an image of no component",
        ),
        pytest.param(
            raw(docker={"ports": {"grafana": 9090}}),
            "docker.ports.prometheus: found 9090. Allowed: a port other than that of docker.ports.grafana.",
            id="a port that is taken by a default",
        ),
        pytest.param(
            raw(services=[]),
            "services: found []. Allowed: a list of services, each with name, kind and target. "
            "Add one entry for each service to monitor.",
            id="no services",
        ),
        pytest.param(
            raw(services=None),
            "services: found nothing. Allowed: a list of services, each with name, kind and target. "
            "Add one entry for each service to monitor.",
            id="no list of services",
        ),
        pytest.param(
            raw(services=["api", API]),
            "services[0]: found 'api'. Allowed: a mapping with name, kind and target.",
            id="a service that is only a name",
        ),
        pytest.param(
            service(owner=["a rather long list of words", "that would fill the line", "and the next one"]),
            "services[0].owner: found ['a rather long list of words', 'that would fill the line',…. "
            f"Allowed: {A_NAME}.",
            id="a value that is too long to be repeated",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_what_was_found_and_what_is_allowed(
    configuration: RawConfiguration, sentence: str
) -> None:
    assert mistakes_in(configuration) == [sentence]


CACHE: dict[str, object] = {
    "name": "cache",
    "kind": "redis",
    "target": "cache:6379",
    "password": "cachePassword",
}


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(
            raw(services=[CACHE]),
            "services[0].password: found 'cachePassword', a secret that is not set. Allowed: the name of a secret "
            "that is set. Set it: pulumi config set --secret cachePassword",
            id="a secret that is not set, and no other is",
        ),
        pytest.param(
            raw(("cachePasswort", "dbPassword"), services=[CACHE]),
            "services[0].password: found 'cachePassword', a secret that is not set. "
            "Allowed: cachePasswort, dbPassword. Did you mean 'cachePasswort'?",
            id="a secret that is set under a name like it",
        ),
        pytest.param(
            raw(("slackUrl",)),
            "slackUrl: found a secret that nothing names. Allowed: secrets that a service names. "
            "Remove it: pulumi config rm slackUrl",
            id="a secret that is set but unused",
        ),
        pytest.param(
            raw(("cachePassword", "cachePasword"), services=[CACHE]),
            "cachePasword: found a secret that nothing names. Allowed: secrets that a service names. "
            "Did you mean 'cachePassword'? Otherwise remove it: pulumi config rm cachePasword",
            id="an unused secret with a name like one that is used",
        ),
        pytest.param(
            raw(("prometheusPassword",)),
            "prometheusPassword: found a secret that nothing names. Allowed: secrets that a service names. "
            "The stack makes this password itself; remove it.",
            id="a password that the stack makes",
        ),
        pytest.param(
            raw(services=[CACHE], cachePassword="hunter2"),
            "cachePassword: found a plain value, readable by everyone. Allowed: a secret. "
            "Set it again: pulumi config set --secret cachePassword",
            id="a plain value under a secret's name",
        ),
        pytest.param(
            raw(grafanaAdminPassword="hunter2"),
            "grafanaAdminPassword: found a plain value, readable by everyone. Allowed: a secret. "
            "The stack makes this password itself; remove it.",
            id="a plain value under the name of a password that the stack makes",
        ),
    ],
)
def test_a_mistake_with_a_secret_says_what_to_do_and_never_shows_a_value(
    configuration: RawConfiguration, sentence: str
) -> None:
    found = mistakes_in(configuration)
    reported = [line for line in found if line == sentence]
    assert reported == [sentence]
    assert "hunter2" not in "".join(found)


def test_a_secret_under_a_wrong_name_is_reported_at_both_ends() -> None:
    assert [line.split(":")[0] for line in mistakes_in(raw(("cachePasswort",), services=[CACHE]))] == [
        "services[0].password",
        "cachePasswort",
    ]


def test_a_mistake_in_a_later_service_of_the_same_name_is_reported_at_its_own_place() -> None:
    twins = ["not a service", {**CACHE, "password": "first"}, {**CACHE, "password": "second"}]
    assert [line.split(": ")[0] for line in mistakes_in(raw(services=twins))] == [
        "services[0]",
        "services[1].password",
        "services[2].name",
        "services[2].password",
    ]


def test_secrets_that_a_service_names_and_that_are_set_are_accepted() -> None:
    assert loaded(raw(("cachePassword",), services=[CACHE])).services[0].secrets() == {"password": "cachePassword"}


def test_the_demo_makes_its_own_passwords_only_when_it_is_enabled() -> None:
    database = {"name": "db", "kind": "postgres", "target": "memory-db:5432", "password": "memoryDbMonitorPassword"}
    assert loaded(raw(services=[database], demo={"enabled": True})).demo.enabled
    assert mistakes_in(raw(services=[database])) == [
        "services[0].password: found 'memoryDbMonitorPassword', a secret that is not set. Allowed: the name of a "
        "secret that is set. Set it: pulumi config set --secret memoryDbMonitorPassword"
    ]


def test_a_service_of_unknown_kind_is_checked_for_what_all_kinds_share() -> None:
    assert mistakes_in(service(kind="fastap", target="api", color="blue")) == [
        "services[0].kind: found 'fastap'. Allowed: fastapi, postgres, probe, redis. Did you mean 'fastapi'?",
        f"services[0].target: found 'api'. Allowed: {A_TARGET}.",
    ]


def test_a_service_with_another_mistake_still_counts_as_declared() -> None:
    cache = {**CACHE, "target": "cache"}
    assert mistakes_in(raw(services=[{**API, "depends_on": ["cache"]}, cache])) == [
        f"services[1].target: found 'cache'. Allowed: {A_TARGET}."
    ]


TEN_MISTAKES = """\
    config:
      monitoring:runtime: dokcer
      monitoring:services:
        - name: API
          kind: fastapi
          target: api:8000
          depends_on: [databse]
        - name: database
          kind: postgre
          target: database:5432
        - name: cache
          kind: redis
          target: cache
          colour: red
        - name: grafana
          kind: probe
          target: grafana:3000
      monitoring:retention:
        logs: 7 days
      monitoring:demo:
        error_share: 3
      monitorng:grafana: {}
    """


def test_ten_different_mistakes_are_reported_as_exactly_ten_in_the_order_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        loaded(read_stack_file(stack_file(tmp_path, TEN_MISTAKES)))
    assert str(refused.value) == dedent(
        f"""\
        Pulumi.dev.yaml: 10 mistakes, nothing was deployed.
          1. runtime: found 'dokcer'. Allowed: docker, kubernetes. Did you mean 'docker'?
          2. services[0].name: found 'API'. Allowed: {A_NAME}.
          3. services[0].depends_on[0]: found 'databse'. Allowed: cache, database, grafana. Did you mean 'database'?
          4. services[1].kind: found 'postgre'. Allowed: fastapi, postgres, probe, redis. Did you mean 'postgres'?
          5. services[2].target: found 'cache'. Allowed: {A_TARGET}.
          6. services[2].colour: found unknown key 'colour'. Allowed: alerts, depends_on, kind, limits, name, \
owner, password, scrape_interval, target.
          7. services[3].name: found 'grafana'. Allowed: a name the stack does not use itself. The stack monitors its \
own components already; remove the entry or rename it.
          8. retention.logs: found '7 days'. Allowed: {A_DURATION}.
          9. demo.error_share: found 3. Allowed: a number from 0 to 1.
          10. monitorng:grafana: found unknown namespace 'monitorng'. Allowed: monitoring:<key>. \
Did you mean 'monitoring'?"""
    )


def test_one_mistake_is_counted_in_the_singular() -> None:
    with pytest.raises(ConfigurationError, match=r"^Pulumi\.dev\.yaml: 1 mistake, nothing was deployed\.\n  1\. "):
        loaded(raw(runtime="dokcer"))


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


def test_dates_and_numbers_among_the_keys_are_mistakes_and_no_crash(tmp_path: Path) -> None:
    path = stack_file(
        tmp_path,
        """\
        config:
          monitoring:services: [{name: api, kind: fastapi, target: "api:8000", 2026-01-01: x}]
          monitoring:loki: {8080: x}
        """,
    )
    assert [line.split(". Allowed")[0] for line in mistakes_in(read_stack_file(path))] == [
        "services[0].2026-01-01: found unknown key '2026-01-01'",
        "loki.8080: found unknown key '8080'",
    ]


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


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_shipped_stack_file_has_no_mistake(stack: str) -> None:
    settings = load_settings(read_stack_file(ROOT / f"Pulumi.{stack}.yaml"), known(load_catalog()))
    assert settings.runtime == {"dev": "docker", "prod": "kubernetes"}[stack]
    assert len(settings.services) >= 3


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


def test_the_engine_and_the_stack_file_agree_on_secrets_and_on_mistakes(tmp_path: Path) -> None:
    more = """\
      monitoring:environment: "[dev"
      monitoring:slackUrl:
        secure: v1:abc
    """
    path = stack_file(tmp_path, TEN_MISTAKES.rstrip(" ") + more)
    values, secret = as_the_engine_holds_it(path)
    from_engine = read_engine_config(values, secret, "dev")
    assert from_engine == read_stack_file(path)
    assert from_engine.secrets_set == {"slackUrl"}
    found = mistakes_in(from_engine)
    assert found == mistakes_in(read_stack_file(path))
    assert len(found) == 11
    assert "hunter2" not in "".join(found)


SHORT_SETUP = """\
    config:
      monitoring:services:
        - name: orders-api
          kind: fastapi
          target: orders-api:8000
          depends_on: [orders-db, orders-cache]
        - name: orders-db
          kind: postgres
          target: orders-db:5432
          password: ordersDbMonitorPassword
        - name: orders-cache
          kind: redis
          target: orders-cache:6379
        - name: orders-uptime
          kind: probe
          target: orders-api:8000
      monitoring:ordersDbMonitorPassword:
        secure: v1:abc
    """


def test_an_api_its_database_its_cache_and_a_probe_take_fewer_than_twenty_lines(tmp_path: Path) -> None:
    settings = loaded(read_stack_file(stack_file(tmp_path, SHORT_SETUP)))
    assert [found.kind for found in settings.services] == ["fastapi", "postgres", "redis", "probe"]
    assert len(SHORT_SETUP.splitlines()) < 20
    assert settings.runtime == "docker"
    assert settings.retention.metrics == "15d"


def test_settings_cannot_be_changed_once_they_are_checked() -> None:
    settings = loaded(raw())
    with pytest.raises(ValueError, match="frozen"):
        settings.services[0].name = "other"


def test_the_json_schema_knows_every_section_and_every_kind() -> None:
    schema = json.loads(schema_text())
    config = schema["properties"]["config"]["properties"]
    assert set(config) == {f"{PROJECT}:{name}" for name in stack_model(sections()).model_fields}
    references = {choice["$ref"].rpartition("/")[2] for choice in config[f"{PROJECT}:services"]["items"]["oneOf"]}
    assert {schema["$defs"][name]["properties"]["kind"]["const"] for name in references} == set(kinds())
