"""Links in alerts: whole, to where the settings or the runtime say."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from components.endpoints import GRAFANA, VIEWER
from components.links import dashboards_at, runbook_url
from tests.plans import configuration, mistakes_in, program_of, settings_of, workload_of

LINK = re.compile(r"^ +(?:runbook|dashboard)_url: (.*)$", re.MULTILINE)
ADDRESSES = {name: {"url": f"https://{name}.example.com/"} for name in ("prometheus", "alertmanager", "grafana")}


def links(stack: str, **sections: object) -> set[str]:
    config = workload_of("prometheus", stack, **sections).config
    assert config
    return {link for text in config.files.values() for link in LINK.findall(text)}


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_link_of_a_shipped_stack_is_absolute(stack: str) -> None:
    found = links(stack)
    assert len(found) > 50
    assert not [link for link in found if not re.match(r"https?://[\w.-]+(:\d+)?/\S", link)]


def test_links_follow_the_addresses_that_the_settings_say_without_a_doubled_slash() -> None:
    found = links("prod", **ADDRESSES, links={"runbooks": "https://wiki.example.com/runbooks/"})
    assert "https://wiki.example.com/runbooks/ServiceDown" in found
    assert "https://grafana.example.com/d/services/services?var-service={{ $labels.service }}" in found
    assert {link.split("/")[2] for link in found} == {"wiki.example.com", "grafana.example.com"}


def test_a_place_for_the_name_makes_any_address_possible() -> None:
    program = program_of("prod", links={"runbooks": "https://wiki.example.com/page?title={alert}&v=1"})
    url = runbook_url("HostClockDrift", program.settings, program.place)
    assert url == "https://wiki.example.com/page?title=HostClockDrift&v=1"


def test_other_braces_which_prometheus_would_read_as_a_template_are_a_mistake() -> None:
    service = {"name": "api", "kind": "fastapi", "target": "api:8000"}
    for url, what in (
        ("https://wiki.example.com/{{alert}}", "{{, which begins a template"),
        ("https://wiki.example.com/{name}", "other braces than those of {alert}"),
    ):
        assert mistakes_in(service, links={"runbooks": url}) == [
            f"links.runbooks: found '{url}'. Allowed: a URL without {what}. Write braces as %7B and %7D."
        ]


def test_a_stack_without_grafana_links_to_its_viewer_or_to_no_dashboard() -> None:
    built = {"images": {"source": "built"}}
    found = [link for link in links("dev", **built) if "/d/" in link]
    assert found
    assert all(link.startswith("http://127.0.0.1:9097/d/") for link in found)
    assert not [link for link in links("dev", **built, viewer={"enabled": False}) if "/d/" in link]


def test_dashboards_are_in_a_grafana_elsewhere_where_the_stack_writes_into_one() -> None:
    sources = {name: f"https://{name}.example.com" for name in ("prometheus", "alertmanager", "loki", "tempo")}
    elsewhere = {"url": "https://g.example.com", "auth": "grafanaToken", "sources": sources}
    service = {"name": "api", "kind": "fastapi", "target": "api:8000"}
    raw = configuration(service, grafana=elsewhere)
    settings = settings_of(replace(raw, secrets_set=raw.secrets_set | {"grafanaToken"}))
    assert dashboards_at(settings, {VIEWER.workload}) == GRAFANA
    assert dashboards_at(settings_of(configuration(service)), {VIEWER.workload}) == VIEWER


def test_nothing_in_production_leads_to_the_machine_of_the_reader() -> None:
    for workload in program_of("prod").workloads:
        texts = [*workload.args, *workload.env.values(), *(workload.config.files.values() if workload.config else ())]
        pages = [text for text in texts if re.search(r"(href=\"|_url: |url=)https?://(127\.0\.0\.1|localhost)", text)]
        assert pages == [], workload.name
