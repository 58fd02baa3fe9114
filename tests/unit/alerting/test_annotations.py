"""Templates of annotations for Grafana: every shipped alert's, and each form that they may have."""

from __future__ import annotations

import re
from collections.abc import Mapping

import promql_parser
import pytest
import yaml

from alerting.annotations import VALUE, in_grafana
from catalog.alerts import RULES, shipped_alerts

ACTION = re.compile(r"\{\{(.*?)\}\}")
IN_QUOTES = re.compile(r'"(?:\\.|[^"\\])*"')
# What Grafana's templates of annotations know beside Go's own, as far as ours use it.
KNOWN = frozenset(
    {
        *("if", "else", "end", "with", "printf", "eq"),
        *("humanize", "humanize1024", "humanizeDuration", "humanizePercentage"),
    }
)
OF_ALERTS: Mapping[str, Mapping[str, str]] = {
    rule["alert"]: rule["annotations"]
    for file in sorted(RULES.glob("*.rules.yml"))
    for group in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)["groups"]
    for rule in group["rules"]
    if "alert" in rule
}


def test_every_alert_is_looked_at() -> None:
    assert set(OF_ALERTS) == set(shipped_alerts())


@pytest.mark.parametrize("alert", sorted(OF_ALERTS))
def test_texts_of_a_shipped_alert_are_what_grafana_understands(alert: str) -> None:
    found = in_grafana(OF_ALERTS[alert])
    assert found.texts.keys() == OF_ALERTS[alert].keys()
    for text in found.texts.values():
        actions = [IN_QUOTES.sub("", action) for action in ACTION.findall(text)]
        words = {word for action in actions for word in re.findall(r"(?<![$.\w])[a-z]\w*", action)}
        assert words <= KNOWN, text
        assert set(re.findall(r"\$\w+", " ".join(actions))) <= {"$labels", "$values"}, text
        opened = sum(action.split()[0] in ("if", "with") for action in actions)
        assert opened == sum(action.split()[0] == "end" for action in actions), text
        assert "{{" not in ACTION.sub("", text), text


@pytest.mark.parametrize("alert", sorted(OF_ALERTS))
def test_figures_of_a_shipped_alert_are_queries_that_find_it_by_its_labels(alert: str) -> None:
    found = in_grafana(OF_ALERTS[alert])
    shown = set(re.findall(r"with \$values\.([A-Z])", " ".join(found.texts.values())))
    assert shown - {VALUE} == found.queries.keys()
    for query in found.queries.values():
        promql_parser.parse(query)
        assert "%q" not in query
    # A label that is asked for is the alert's own of the same name: others would not be found.
    for template in OF_ALERTS[alert].values():
        for selector, arguments in re.findall(r'with query \(printf "((?:\\.|[^"\\])*)"([^)]*)\)', template):
            labels = re.findall(r"(\w+)=%q", selector)
            assert [f"$labels.{label}" for label in labels] == arguments.split(), alert


def test_no_figure_is_lost() -> None:
    asked = sum(text.count("with query") for texts in OF_ALERTS.values() for text in texts.values())
    kept = sum(
        len(re.findall(r"with \$values\.[D-Z]", text))
        for texts in OF_ALERTS.values()
        for text in in_grafana(texts).texts.values()
    )
    assert kept == asked > 60


def test_the_value_is_that_of_the_alerts_own_query_where_it_has_one() -> None:
    found = in_grafana({"summary": '{{ printf "%.1f" $value }} of {{ $value | humanize }}, {{ $labels.valued }}'})
    first = '{{ with $values.A }}{{ printf "%.1f" .Value }}{{ end }}'
    second = "{{ with $values.A }}{{ .Value | humanize }}{{ end }}"
    assert found.texts == {"summary": f"{first} of {second}, {{{{ $labels.valued }}}}"}
    assert found.queries == {}


def test_what_is_asked_for_is_one_query_however_often_it_is_shown() -> None:
    asked = r'query (printf "limit{alert=\"X\",service=%q}" $labels.service)'
    limit = f"{{{{ with {asked} }}}}{{{{ . | first | value | humanize }}}}{{{{ end }}}}"
    asked = r'query (printf "usual{bound=\"low\",service=%q,slo=%q,set=\"a\"}" $labels.service $labels.slo)'
    other = f"{{{{ with {asked} }}}}{{{{ . | first | value }}}}{{{{ end }}}}"
    found = in_grafana({"summary": f"over {limit}", "description": f"{limit}, {other}"})
    first = "{{ with $values.D }}{{ .Value | humanize }}{{ end }}"
    assert found.texts == {
        "summary": f"over {first}",
        "description": first + ", {{ with $values.E }}{{ .Value }}{{ end }}",
    }
    assert found.queries == {
        "D": 'max by (service) (limit{alert="X"}) or on () vector(NaN)',
        "E": 'max by (service, slo) (usual{bound="low",set="a"}) or on () vector(NaN)',
    }


def test_what_grafana_cannot_say_is_said_in_words() -> None:
    asked = r'query (printf "up{service=%q} <= %f" $labels.service $value)'
    found = in_grafana(
        {
            "either": f"its {{{{ if {asked} }}}}latency{{{{ else }}}}requests{{{{ end }}}}.",
            "only": f"is {{{{ if {asked} }}}}at least {{{{ end }}}}{{{{ $value }}}}",
            "list": f'At:{{{{ range {asked} | sortByLabel "device" }}}} {{{{ .Labels.device }}}}\n{{{{ end }}}}',
        }
    )
    assert found.texts == {
        "either": "its latency or requests.",
        "only": "is {{ with $values.A }}{{ .Value }}{{ end }}",
        "list": "At: see its dashboard",
    }
    assert found.queries == {}
