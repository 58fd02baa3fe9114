"""The templates of messages for Grafana: nothing that it does not know, and nothing lost."""

from __future__ import annotations

import re

import pytest

from alerting.messages import message_templates
from alerting.messages.managed import in_grafana, managed_templates

ACTION = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
COMMENT = re.compile(r"\{\{- /\*.*?\*/ -\}\}", re.DOTALL)
IN_QUOTES = re.compile(r'"(?:\\.|[^"\\])*"')
# What templates of notifications know in Grafana, as its reference of them says.
KNOWN = frozenset(
    {
        *("date", "humanizeDuration", "match", "reReplaceAll", "tz"),
        *("and", "define", "else", "end", "eq", "gt", "if", "index", "len", "lt", "not", "or", "printf", "range"),
        *("slice", "template", "urlquery", "with"),
    }
)
COLLECTIONS = {"coll.Append", "coll.Dict", "coll.Slice"}


@pytest.mark.parametrize("name", sorted(managed_templates("UTC", {})))
def test_only_functions_of_grafana_are_called(name: str) -> None:
    text = COMMENT.sub("", managed_templates("Europe/Berlin", {})[name])
    actions = [IN_QUOTES.sub('""', action) for action in ACTION.findall(text)]
    called = {word for action in actions for word in re.findall(r"(?<![$.\w])[a-z][\w.]*", action)}
    assert called <= KNOWN | COLLECTIONS
    assert called & {"dict", "list", "append"} == set()


def test_each_text_is_there_once() -> None:
    defined = [
        name for text in managed_templates("UTC", {}).values() for name in re.findall(r'define "([\w.]+)"', text)
    ]
    assert len(set(defined)) == len(defined)
    # Without HTML, which Grafana escapes in e-mail and does not escape for Telegram.
    of_alertmanager = {
        name
        for file, text in message_templates("UTC", {}).items()
        if file != "html.tmpl"
        for name in re.findall(r'define "([\w.]+)"', text)
    }
    assert set(defined) == of_alertmanager


def test_times_are_in_the_zone_of_the_stack() -> None:
    assert 'tz "Asia/Tokyo"' in managed_templates("Asia/Tokyo", {})["monitoring.time"]


def test_functions_are_called_by_grafanas_names_and_texts_stay() -> None:
    assert in_grafana('{{ template "a.list" (dict "list" . "dict" $list) }}, a list of .list') == (
        '{{ template "a.list" (coll.Dict "list" . "dict" $list) }}, a list of .list'
    )
    assert in_grafana("{{ $sorted = append $sorted . }}{{- $all := list -}}") == (
        "{{ $sorted = coll.Append . $sorted }}{{- $all := coll.Slice -}}"
    )
    comment = "{{- /* A dict, a list: append them. */ -}}"
    assert in_grafana(comment) == comment


def test_silences_are_made_on_grafanas_page() -> None:
    silence = managed_templates("UTC", {})["monitoring.silence"]
    assert "/alerting/silence/new?alertmanager=grafana" in silence
    assert "#/silences" not in silence
    assert "#/silences/new?filter=" in message_templates("UTC", {})["silence.tmpl"]


def test_grafana_finds_a_definition_in_every_text_and_puts_none_of_its_own_around_it() -> None:
    """It looks for this expression."""
    for name, text in managed_templates("UTC", {}).items():
        assert len(re.findall(r"\{\{\s*define", text)) == text.count("define "), name
