"""Secrets of the shipped stacks: taken or generated, in files alone, and encrypted in the state."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from components.names import generated_secrets
from components.passwords import GeneratedPassword
from components.secrets import Secrets, SecretsArgs, needed_secrets
from runtimes.capture import capture
from settings.secrets import basic_auth_users
from tests.conftest import HOST_DIRECTORY, Deploy, Deployment
from tests.unit.components.looking import GRAFANA_PROVIDER, OWN_SECRETS, PASSWORD


def holding(value: object, texts: set[str]) -> bool:
    if isinstance(value, Mapping):
        return any(holding(inner, texts) for pair in value.items() for inner in pair)
    if isinstance(value, list):
        return any(holding(inner, texts) for inner in value)
    return isinstance(value, str) and any(text in value for text in texts)


def secret_texts(secrets: Mapping[str, str]) -> set[str]:
    """What secret values look like: those that were set, as they are and inside JSON, and the stand-ins."""
    return {"<secret ", "<bcrypt of ", *secrets.values(), *(json.dumps(text)[1:-1] for text in secrets.values())}


@pytest.fixture(params=["dev on docker", "prod on docker", "prod on kubernetes"])
def with_secrets(request: pytest.FixtureRequest, deployed: Deploy) -> Deployment:
    """The shipped stacks, with every secret that an owner can set."""
    stack, _, runtime = request.param.partition(" on ")
    if stack == "dev":
        changed: Deployment = request.getfixturevalue("changed")
        return changed
    services = [
        {"name": "db", "kind": "postgres", "target": "db:5432", "password": "memoryDbMonitorPassword"},
        {"name": "cache", "kind": "redis", "target": "cache:6379", "password": "memoryCachePassword"},
    ]
    return deployed(stack, secrets=OWN_SECRETS, runtime=runtime, services=services)


# What may hold a secret, and only as an input that the engine encrypts.
SECRET_HOLDERS = {
    (HOST_DIRECTORY, "files"),
    ("kubernetes:core/v1:Secret", "stringData"),
    ("grafana:oss/dataSource:DataSource", "secureJsonDataEncoded"),
    (GRAFANA_PROVIDER, "auth"),
    # The login of the Alertmanager that is told of alerts on logs.
    ("grafana:alerting/contactPoint:ContactPoint", "alertmanagers"),
}


def test_secrets_are_only_where_they_belong_and_always_encrypted(with_secrets: Deployment) -> None:
    texts = secret_texts(OWN_SECRETS)
    holders = set()
    for resource in with_secrets.resources:
        for name, value in resource.inputs.items():
            if holding(value, texts):
                assert name in resource.secrets, f"{resource.name}.{name} holds a secret in clear"
                holders.add((resource.type, name))
    assert holders <= SECRET_HOLDERS
    assert holders & {(HOST_DIRECTORY, "files"), ("kubernetes:core/v1:Secret", "stringData")}


def test_every_secret_that_was_set_reaches_a_file(with_secrets: Deployment) -> None:
    held = [
        value
        for resource in with_secrets.resources
        for name, value in resource.inputs.items()
        if (resource.type, name) in SECRET_HOLDERS
    ]
    for secret in OWN_SECRETS.values():
        assert holding(held, {secret, json.dumps(secret)[1:-1]}), secret


def test_containers_hold_no_secret_in_environment_arguments_labels_or_health_check(dev: Deployment) -> None:
    for name, container in dev.containers.items():
        assert not holding(container.inputs, secret_texts({})), name
        assert not container.secrets, f"{name}: one secret input makes the whole diff unreadable"


def test_passwords_that_nobody_set_are_generated(dev: Deployment) -> None:
    assert {name.rpartition("-")[2] for name in dev.of(PASSWORD)} == {
        *(generated_secrets() & needed_secrets(dev.program.workloads)),
        *("memoryDbPassword", "memoryDbMonitorPassword", "memoryCachePassword"),
    }


def test_a_secret_that_was_set_is_taken_and_not_generated(changed: Deployment) -> None:
    assert {name.rpartition("-")[2] for name in changed.of(PASSWORD)} == {
        *(generated_secrets() & needed_secrets(changed.program.workloads)),
        "memoryDbPassword",
    }
    assert changed.files("postgres-exporter-memory-db", "secrets") == {
        "password": OWN_SECRETS["memoryDbMonitorPassword"]
    }
    assert changed.files("memory-db", "secrets") == {
        "password": "<secret memoryDbPassword>",
        "monitor-password": OWN_SECRETS["memoryDbMonitorPassword"],
    }


def test_a_password_in_json_is_quoted_as_json(changed: Deployment) -> None:
    text = changed.files("redis-exporter-memory-cache", "secrets")["passwords.json"]
    assert json.loads(text) == {"redis://memory-cache:6379": OWN_SECRETS["memoryCachePassword"]}


def secrets(args: SecretsArgs) -> None:
    def program() -> None:
        Secrets("stack-secrets", args)

    capture(program, stack="test", config={})


def test_a_secret_that_only_its_owner_knows_must_be_given() -> None:
    with pytest.raises(ValueError, match=r"secrets\['dbPassword'\]: found nothing. Allowed: its value."):
        secrets(SecretsArgs({"dbPassword"}))
    secrets(SecretsArgs({"dbPassword"}, {"dbPassword": "of the owner"}))


def test_a_password_whose_hash_is_needed_is_never_taken_as_a_value() -> None:
    with pytest.raises(
        ValueError, match=r"secrets\['prometheusPassword'\]: found a value. Allowed: a GeneratedPassword"
    ):
        secrets(SecretsArgs({"prometheusPassword"}, {"prometheusPassword": "of the owner"}))


def test_a_password_that_the_program_made_is_taken_with_its_hash() -> None:
    told: list[str] = []

    def program() -> None:
        made = GeneratedPassword("mine-prometheusPassword")
        values = Secrets("stack-secrets", SecretsArgs({"prometheusPassword"}, {"prometheusPassword": made}))
        values.content(basic_auth_users("admin", "prometheusPassword")).apply(told.append)

    found = capture(program, stack="test", config={})
    assert [resource.name for resource in found if resource.type == PASSWORD] == ["mine-prometheusPassword"]
    assert told == ["basic_auth_users:\n  admin: <bcrypt of secret prometheusPassword>\n"]
