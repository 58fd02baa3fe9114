"""Secrets: set, named, and not readable by everyone."""

from __future__ import annotations

import pytest

from settings.stackfile import RawConfiguration
from tests.unit.settings.few_kinds import CACHE, loaded, mistakes_in, raw


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(
            raw(services=[CACHE]),
            "services[0].password: found 'cachePassword', a secret that is not set. Allowed: the name of a secret "
            "that is set. Set it: make secrets STACK=dev "
            "ARGS=cachePassword, or pulumi config set --secret cachePassword",
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
            "slackUrl: found a secret that nothing names. Allowed: secrets that a service or a receiver names. "
            "Remove it: pulumi config rm slackUrl",
            id="a secret that is set but unused",
        ),
        pytest.param(
            raw(("cachePassword", "cachePasword"), services=[CACHE]),
            "cachePasword: found a secret that nothing names. Allowed: secrets that a service or a receiver names. "
            "Did you mean 'cachePassword'? Otherwise remove it: pulumi config rm cachePasword",
            id="an unused secret with a name like one that is used",
        ),
        pytest.param(
            raw(("prometheusPassword",)),
            "prometheusPassword: found a secret that nothing names. Allowed: secrets that a service or a receiver "
            "names. The stack makes this password itself; remove it.",
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
        "secret that is set. Set it: make secrets STACK=dev "
        "ARGS=memoryDbMonitorPassword, or pulumi config set --secret memoryDbMonitorPassword"
    ]


def test_a_section_that_is_a_secret_is_no_secret_without_use() -> None:
    assert mistakes_in(raw(("retention",))) == [
        "retention: found a secret. Allowed: plain settings. Write it as it is: secrets have names of their own, by "
        "which settings refer to them."
    ]
