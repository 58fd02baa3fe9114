"""What is accepted, and the exact sentence that a key, a kind or a list in the wrong shape gets."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from settings import ConfigurationError
from settings.stackfile import RawConfiguration, read_stack_file
from tests.unit.settings.few_kinds import (
    A_DURATION,
    A_NAME,
    A_SECRET,
    A_TARGET,
    API,
    loaded,
    mistakes_in,
    raw,
    service,
    stack_file,
)

SECTIONS = (
    "alerting, alertmanager, alerts, availability, demo, docker, environment, extends, grafana, images, kubernetes, "
    "links, logs, otlp, prometheus, protect_data, receivers, retention, runtime, services, teams, traces, viewer, "
    "without"
)


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
            "Allowed: alertmanager, grafana, jaeger, memory_api, otlp_grpc, otlp_http, prometheus, runbooks, "
            "victorialogs, viewer. "
            "Did you mean 'prometheus'?",
            id="an unknown key two levels down",
        ),
        pytest.param(
            service(ownr="shop"),
            "services[0].ownr: found unknown key 'ownr'. Allowed: alerts, basic_auth, bearer_token, depends_on, "
            "discover, headers, kind, limits, metrics, name, owner, params, path, proxy, runs_on, scheme, "
            "scrape_interval, scrape_timeout, secret_headers, slo, target, tls. Did you mean 'owner'?",
            id="an unknown key in a service",
        ),
        pytest.param(
            service(metrics={"duration": "x"}),
            "services[0].metrics.duration: found unknown key 'duration'. Allowed: dependency_degraded, "
            "duration_seconds, failed_statuses, histogram, requests_total, route_label, status_label, unit. "
            "Did you mean 'duration_seconds'?",
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
        pytest.param(service(name=None), f"services[0].name: found nothing. Allowed: {A_NAME}. Add it.", id="no name"),
        pytest.param(
            service(kind=None),
            "services[0].kind: found nothing. Allowed: fastapi, postgres, probe, redis.",
            id="no kind",
        ),
        pytest.param(
            raw(services=[{"name": "db", "kind": "postgres", "target": "db:5432"}]),
            f"services[0].password: found nothing. Allowed: {A_SECRET}. Add it, or certificate and key.",
            id="no password",
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
            service(depends_on=[None]),
            f"services[0].depends_on[0]: found nothing. Allowed: {A_NAME}.",
            id="a dependency on nothing",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_what_was_found_and_what_is_allowed(
    configuration: RawConfiguration, sentence: str
) -> None:
    assert mistakes_in(configuration) == [sentence]


def test_a_service_of_unknown_kind_is_checked_for_what_all_kinds_share() -> None:
    assert mistakes_in(service(kind="fastap", target="api", color="blue")) == [
        "services[0].kind: found 'fastap'. Allowed: fastapi, postgres, probe, redis. Did you mean 'fastapi'?",
        f"services[0].target: found 'api'. Allowed: {A_TARGET}. Add its port.",
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
          1. runtime (line 2): found 'dokcer'. Allowed: docker, kubernetes. Did you mean 'docker'?
          2. services[0].name (line 4): found 'API'. Allowed: {A_NAME}.
          3. services[0].depends_on[0] (line 7): found 'databse'. Allowed: cache, database, grafana. \
Did you mean 'database'?
          4. services[1].kind (line 9): found 'postgre'. Allowed: fastapi, postgres, probe, redis. \
Did you mean 'postgres'?
          5. services[2].target (line 13): found 'cache'. Allowed: {A_TARGET}. Add its port.
          6. services[2].colour (line 14): found unknown key 'colour'. Allowed: alerts, ca, certificate, depends_on, \
key, kind, limits, name, nodes, owner, password, runs_on, scrape_interval, scrape_timeout, target, tls, username.
          7. services[3].name (line 15): found 'grafana'. Allowed: a name the stack does not use itself. \
The stack monitors its own components already; remove the entry or rename it.
          8. retention.logs (line 19): found '7 days'. Allowed: {A_DURATION}.
          9. demo.error_share (line 21): found 3. Allowed: a number from 0 to 1.
          10. monitorng:grafana (line 22): found unknown namespace 'monitorng'. Allowed: monitoring:<key>. \
Did you mean 'monitoring'?"""
    )


def test_dates_and_numbers_among_the_keys_are_mistakes_and_no_crash(tmp_path: Path) -> None:
    path = stack_file(
        tmp_path,
        """\
        config:
          monitoring:services: [{name: api, kind: fastapi, target: "api:8000", 2026-01-01: x}]
          monitoring:logs: {8080: x}
        """,
    )
    assert [line.split(". Allowed")[0] for line in mistakes_in(read_stack_file(path))] == [
        "services[0].2026-01-01 (line 2): found unknown key '2026-01-01'",
        "logs.8080 (line 3): found a key that is no text, '8080'",
    ]


@pytest.mark.parametrize("key", ["type", "Kind", "knd"])
def test_the_key_that_is_meant_by_a_kind_is_named(key: str) -> None:
    (mistake,) = mistakes_in(raw(services=[{"name": "api", key: "fastapi", "target": "api:8000"}]))
    assert mistake.startswith(f"services[0].kind: found nothing, but '{key}' beside it.")
    assert mistake.endswith(f"Did you mean 'kind' by '{key}'?")


def test_a_key_that_is_no_text_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("config:\n  monitoring:services: [{name: a, kind: fastapi, target: 'a:1'}]\n  8080: x\n  '': y\n")
    with pytest.raises(ConfigurationError) as refused:
        loaded(read_stack_file(path))
    assert [(mistake.path, mistake.found) for mistake in refused.value.mistakes] == [
        ("8080", "a key that is no text, '8080'"),
        ("''", "'', a key without its namespace"),
    ]
