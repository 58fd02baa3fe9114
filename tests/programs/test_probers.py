"""Two real blackbox exporters, one of them elsewhere, before a real Prometheus with a stack's own configuration."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
import yaml

from alerting.inhibition import edges
from components.endpoints import BLACKBOX_EXPORTER, PROMETHEUS
from components.passwords import Password
from images.build import tool_path
from program.prepare import prepare_program
from settings.service import OWN_PROBER
from tests.plans import raw_configuration
from tests.programs.running import Place
from tests.standins.probed import FROM_AFAR, http_server
from tests.waiting import free_ports, until

PATIENCE = 60.0
BOTH = [OWN_PROBER, "office"]
# By name: the path, who asks, and what else its entry says.
PROBES: Mapping[str, tuple[str, list[str], Mapping[str, object]]] = {
    "everywhere": ("/", BOTH, {}),
    "here-alone": ("/near", BOTH, {}),
    "nowhere": ("/missing", BOTH, {}),
    "far-away": ("/near", ["office"], {}),
    # The office's configuration is older than it.
    "new": ("/made", BOTH, {"expected_status": 400}),
}
# Longer than the probers' first questions are apart.
AT_ONCE = {"for": "5s"}
ALERTS = dict.fromkeys(("EndpointDown", "EndpointPartlyDown", "ProbeMissing", "ServiceDown"), AT_ONCE)
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Watched:
    """A Prometheus that has heard of every probe, and a way to end the prober elsewhere."""

    place: Place
    end_office: Callable[[], None]

    def query(self, expression: str) -> list[Labels]:
        found = self.get("/api/v1/query", query=expression)["result"]
        return [{**each["metric"], "value": each["value"][1]} for each in found]

    def firing(self) -> set[tuple[str, str, str]]:
        """Alerts about what is probed and who probes, each as its name, service and prober."""
        return {_short(labels) for labels in self._firing() if _is_told(labels)}

    def heard(self) -> set[tuple[str, str, str]]:
        """Those of them that no other silences."""
        found = self._firing()
        drawn = edges(self.place.program.plan)
        return {
            _short(target)
            for target in found
            if _is_told(target) and not any(edge.silences(source, target) for edge in drawn for source in found)
        }

    def _firing(self) -> list[Labels]:
        alerts = self.get("/api/v1/alerts")["alerts"]
        about = {*PROBES, *BOTH}
        firing = (each["labels"] for each in alerts if each["state"] == "firing")
        return [{"environment": "dev", **labels} for labels in firing if labels.get("service") in about]

    def get(self, path: str, **params: str) -> Any:
        answer = httpx.get(f"{self.place.url(PROMETHEUS)}{path}", params=params, auth=self.place.login(PROMETHEUS))
        return answer.raise_for_status().json()["data"]


def _is_told(labels: Labels) -> bool:
    return labels["cause"] != "aftermath"


def _short(labels: Labels) -> tuple[str, str, str]:
    return labels["alertname"], labels["service"], labels.get("prober", "")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("probers")
    authority = trustme.CA()
    own, other, prometheus = free_ports(3)
    secrets = {"officePassword": Password.generate(), "officeCa": Password(authority.cert_pem.bytes().decode(), "")}
    (folder / "secrets.json").write_text(json.dumps({name: vars(each) for name, each in secrets.items()}), "utf-8")
    with ExitStack() as running:
        port = running.enter_context(http_server())
        office = {
            **{"name": "office", "kind": "prober", "target": f"127.0.0.1:{other}", "tls": {"ca": "officeCa"}},
            "basic_auth": {"username": "stack", "password": "officePassword"},
        }
        probes = [
            {"name": name, "kind": "probe", "target": f"127.0.0.1:{port}", "path": path, "probers": probers, **more}
            for name, (path, probers, more) in PROBES.items()
        ]
        sections: dict[str, object] = {
            **{"services": [*probes, office], "alerts": ALERTS, "demo": None, "images": {"source": "built"}},
            "prometheus": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        }
        raw = raw_configuration("dev", sections, dict.fromkeys(secrets, ""))
        place = Place(folder, prepare_program(raw, "dev"), {BLACKBOX_EXPORTER: own, PROMETHEUS: prometheus})
        listens = [f"--web.listen-address=127.0.0.1:{own}"]
        ready = f"{place.url(BLACKBOX_EXPORTER)}/-/healthy"
        workload = place.workload(OWN_PROBER)
        running.enter_context(place.running(workload, "blackbox_exporter", ready, arguments=listens))
        end_office = running.enter_context(_office(folder, other, authority, secrets["officePassword"]))
        listens = [f"--web.listen-address=127.0.0.1:{prometheus}"]
        ready = f"{place.url(PROMETHEUS)}/-/ready"
        workload = place.workload("prometheus")
        running.enter_context(place.running(workload, "prometheus", ready, arguments=listens, guard=PROMETHEUS))
        yield Watched(place, end_office)


@contextmanager
def _office(folder: Path, port: int, authority: trustme.CA, password: Password) -> Iterator[Callable[[], None]]:
    """A prober with the stack's modules as they once were, which tells the probed that it is afar and wants a login."""
    here = folder / "office"
    here.mkdir()
    document = yaml.safe_load((folder / OWN_PROBER / "config" / "blackbox.yml").read_text("utf-8"))
    # Its module is called by what it says, which was something else then.
    (new,) = (name for name in document["modules"] if name.startswith("http-new-"))
    document["modules"]["http-new-00000000"] = document["modules"].pop(new)
    for module in document["modules"].values():
        if module["prober"] == "http":
            module["http"]["headers"] = dict(FROM_AFAR)
    (here / "blackbox.yml").write_text(yaml.safe_dump(document), "utf-8")
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(here / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(here / "certificate.pem")
    web = {
        "tls_server_config": {"cert_file": str(here / "certificate.pem"), "key_file": str(here / "key.pem")},
        "basic_auth_users": {"stack": password.bcrypt},
    }
    (here / "web.yml").write_text(yaml.safe_dump(web), "utf-8")
    command = [
        *(str(tool_path("blackbox_exporter")), f"--config.file={here / 'blackbox.yml'}"),
        *(f"--web.config.file={here / 'web.yml'}", f"--web.listen-address=127.0.0.1:{port}"),
    ]
    with (here / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield lambda: _end(process)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=30)


def test_down_from_everywhere_is_one_alert_and_down_from_one_place_another(watched: Watched) -> None:
    expected = {
        ("EndpointDown", "nowhere", ""),
        ("EndpointDown", "far-away", ""),
        ("EndpointPartlyDown", "here-alone", "office"),
        ("ProbeMissing", "new", "office"),
    }
    until(lambda: watched.firing() >= expected, PATIENCE)
    assert watched.firing() == expected
    assert watched.heard() == expected
    up = {labels["service"]: labels["value"] for labels in watched.query('service:up{kind=~"probe|prober"}')}
    assert up == {"everywhere": "1", "here-alone": "1", "nowhere": "0", "far-away": "0", "new": "1", "office": "1"}


def test_every_series_of_a_probe_says_who_asked(watched: Watched) -> None:
    asked = watched.query('count by (service, prober) (probe_success{kind="probe"})')
    assert {(labels["service"], labels["prober"]) for labels in asked} == {
        (name, prober) for name, (_, probers, _) in PROBES.items() for prober in probers
    } - {("new", "office")}


def test_every_rule_is_evaluated_without_an_error(watched: Watched) -> None:
    groups = watched.get("/api/v1/rules")["groups"]
    assert [rule for group in groups for rule in group["rules"] if rule.get("lastError")] == []


def test_a_prober_that_dies_is_told_once_and_says_nothing_more(watched: Watched) -> None:
    watched.end_office()
    gone = ("ServiceDown", "office", "")
    until(lambda: gone in watched.firing(), PATIENCE)
    # What fires on for a while, and what was known last where nobody else asks, is silenced by it.
    until(lambda: watched.heard() == {gone, ("EndpointDown", "nowhere", "")}, PATIENCE)
    assert watched.heard() == {gone, ("EndpointDown", "nowhere", "")}
    answered = watched.query('probe:answered:ratio{kind="probe"}')
    assert {(labels["service"], labels["prober"]) for labels in answered} == {
        *((name, OWN_PROBER) for name, (_, probers, _) in PROBES.items() if OWN_PROBER in probers),
        ("far-away", "office"),
    }
    up = {labels["service"]: labels["value"] for labels in watched.query('service:up{kind=~"probe|prober"}')}
    assert up == {"everywhere": "1", "here-alone": "1", "nowhere": "0", "far-away": "0", "new": "1", "office": "0"}
