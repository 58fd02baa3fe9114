"""Nothing that is shown holds a secret: neither one that the stack knows, nor one that somebody wrote somewhere."""

from __future__ import annotations

import json

import pytest

from operations.drift.redaction import Redaction, redaction
from runtimes.drift import Difference
from tests.unit.operations.drift.running import Running
from tests.unit.operations.verify.world import PASSWORD

NOTHING_KNOWN = Redaction(frozenset())


def shown(known: Redaction, line: str) -> str:
    (found,) = known.of(Difference("file", "a", "changed", "mend it", (line,))).lines
    return found


def test_the_stacks_own_secrets_are_known_and_shown_nowhere(running: Running) -> None:
    with running.stack() as stack:
        known = redaction(stack.live)
    assert PASSWORD in known.values
    assert shown(known, f"- user:{PASSWORD}@db") == "- user:<secret>@db"
    assert shown(known, "+ a word") == "+ a word"


def test_a_secret_inside_a_file_of_further_text_is_known_by_itself(running: Running) -> None:
    path = running.target.directory / "secrets" / "prometheus" / "web.yml"
    before = path.read_text(encoding="utf-8")
    path.write_text("basic_auth_users:\n  admin: $2b$12$abc\n", encoding="utf-8")
    try:
        with running.stack() as stack:
            known = redaction(stack.live)
    finally:
        path.write_text(before, encoding="utf-8")
    assert "$2b$12$abc" in known.values
    assert not [value for value in known.values if "basic_auth_users" in value]


def test_a_secret_is_known_as_json_spells_it_too(running: Running) -> None:
    path = running.target.directory / "secrets" / "prometheus" / "prometheusPassword"
    before = path.read_text(encoding="utf-8")
    path.write_text('a"b\n', encoding="utf-8")
    try:
        with running.stack() as stack:
            known = redaction(stack.live)
    finally:
        path.write_text(before, encoding="utf-8")
    spelled = json.dumps('a"b')
    assert shown(known, f"+ {spelled}") == '+ "<secret>"'


@pytest.mark.parametrize(
    ("line", "fit"),
    [
        ("+  password: hunter2", "+  password: <secret>"),
        ('+ "api_key": "hunter2",', '+ "api_key": <secret>'),
        ("+ url: http://me:hunter2@db/x", "+ url: http://me:<secret>@db/x"),
        ("+  password_file: /run/secrets/a", "+  password_file: /run/secrets/a"),
        ("+  GF_ADMIN_PASSWORD__FILE=/run/secrets/a", "+  GF_ADMIN_PASSWORD__FILE=/run/secrets/a"),
        ("-  password: declared", "-  password: declared"),
    ],
)
def test_what_somebody_wrote_where_a_secret_stands_is_not_shown(line: str, fit: str) -> None:
    assert shown(NOTHING_KNOWN, line) == fit
