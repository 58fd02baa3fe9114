"""How mistakes are counted and quoted."""

from __future__ import annotations

import pytest

from settings import ConfigurationError
from settings.errors import Mistake, joined, nearest, shown, without_passwords
from settings.stackfile import RawConfiguration
from tests.unit.settings.few_kinds import A_NAME, API, loaded, mistakes_in, raw, service


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(
            service(owner=["a rather long list of words", "that would fill the line", "and the next one"]),
            "services[0].owner: found ['a rather long list of words', 'that would fill the line',…. "
            f"Allowed: {A_NAME}.",
            id="a value that is too long to be repeated",
        ),
    ],
)
def test_a_long_value_is_quoted_in_part(configuration: RawConfiguration, sentence: str) -> None:
    assert mistakes_in(configuration) == [sentence]


def test_one_mistake_is_counted_in_the_singular() -> None:
    with pytest.raises(ConfigurationError, match=r"^Pulumi\.dev\.yaml: 1 mistake, nothing was deployed\.\n  1\. "):
        loaded(raw(runtime="dokcer"))


def test_a_thousand_mistakes_of_one_kind_are_told_once_with_their_number() -> None:
    services = [{**API, "name": f"s{number}", "colour": "red", "target": f"s{number}"} for number in range(1000)]
    with pytest.raises(ConfigurationError) as refused:
        loaded(raw(services=services))
    assert len(refused.value.mistakes) == 2000
    first, target, colour = str(refused.value).splitlines()
    assert first == "Pulumi.dev.yaml: 2000 mistakes, nothing was deployed."
    assert target.startswith("  1. services[0].target: found 's0'.")
    assert target.endswith(
        " 999 more of this kind: services[1].target, services[2].target, services[3].target, services[4].target, "
        "services[5].target, …."
    )
    assert colour.startswith("  2. services[0].colour: found unknown key 'colour'.")


def test_a_few_mistakes_of_one_kind_are_told_one_by_one() -> None:
    services = [{**API, "name": f"s{number}", "colour": "red"} for number in range(3)]
    with pytest.raises(ConfigurationError) as refused:
        loaded(raw(services=services))
    assert len(str(refused.value).splitlines()) == 4


def test_more_kinds_than_somebody_reads_are_counted() -> None:
    with pytest.raises(ConfigurationError) as refused:
        loaded(raw(**{f"unknown{number}x": 1 for number in range(70)}))
    assert str(refused.value).splitlines()[-1] == "  … and 20 more: mend these first."
    assert len(str(refused.value).splitlines()) == 52


def test_of_very_many_allowed_names_the_first_are_told() -> None:
    services = [{**API, "name": f"s{number}"} for number in range(100)]
    services[0]["depends_on"] = ["nothing-like-it"]
    (sentence,) = mistakes_in(raw(services=services))
    assert len(sentence) < 500
    assert sentence.endswith("s62, s63 and 39 more.")


def test_what_cannot_be_seen_is_shown() -> None:
    (sentence,) = mistakes_in(service(**{"co\u202elour": 1}))
    assert sentence.startswith("services[0].co\\u202elour: found unknown key")


def test_more_services_than_one_stack_can_have_are_one_mistake() -> None:
    assert mistakes_in(raw(services=[API] * 2001)) == [
        "services: found 2001 services. Allowed: 2000 at most. Spread them over several stacks."
    ]


def test_a_key_that_is_the_empty_text_has_a_place_too() -> None:
    for found in (service(**{"": 1}), raw(**{"": 1})):
        (sentence,) = mistakes_in(found)
        assert "'': found unknown key ''." in sentence
        assert not sentence.startswith(":")
    assert joined("", "", "x", 2) == "''.x[2]"
    assert joined("a", "", "x") == "a.''.x"


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("https://u:p@x', a receiver that is not there", "https://u:…@x', a receiver that is not there"),
        ("u:p:a@s s/w@db:5432", "u:…@db:5432"),
        # What has an @ and no password stays as it is.
        ("ops@example.com:25", "ops@example.com:25"),
        ("prom/prometheus:v3.1@sha256:0123", "prom/prometheus:v3.1@sha256:0123"),
        ("['a:1', 'b@c']", "['a:1', 'b@c']"),
        ("{'to': 'a@example.com'}", "{'to': 'a@example.com'}"),
    ],
)
def test_passwords_of_addresses_are_repeated_nowhere(text: str, shown_as: str) -> None:
    assert without_passwords(text) == shown_as
    assert str(Mistake("key", text, "a name", text)) == f"key: found {shown_as}. Allowed: a name. {shown_as}"


def test_a_password_is_taken_out_before_a_long_address_is_cut() -> None:
    assert "secret" not in shown(f"postgres://u:{'secret' * 40}@db:5432")


@pytest.mark.parametrize(
    ("found", "names", "meant"),
    [
        ("HTTP", ["http", "host"], "http"),
        ("get", ["GET", "PUT"], "GET"),
        ("SCRAM-SHA-512", ["plain", "scram-sha256", "scram-sha512"], "scram-sha512"),
        ("admin", ["Admin", "Editor"], "Admin"),
        ("x", ["Admin", "Editor"], None),
    ],
)
def test_a_name_in_other_letters_is_near(found: str, names: list[str], meant: str | None) -> None:
    assert nearest(found, names) == meant
