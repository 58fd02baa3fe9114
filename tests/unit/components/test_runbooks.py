"""The pages that alerts link to, and the names in their commands, on stacks that are not the demo."""

from __future__ import annotations

import re
from functools import cache

import pytest

from catalog import kinds
from catalog.alerts import shipped_alerts
from program.prepare import prepare_program
from rendering.render import captured_program
from runtimes.kubernetes.objects import config_data
from tests.plans import configuration, smallest_entry
from workloads.program import Program
from workloads.workload import ConfigDirectory

BOTH = pytest.mark.parametrize("runtime", ["docker", "kubernetes"])
# What stands for a name that only the alert or the settings know.
SERVICE = "&lt;service&gt;"
CONTAINER = re.compile(r"monitoring-shop-((?:[\w-]|&lt;service&gt;)+)")
OBJECT = re.compile(r"\b(statefulset|deployment|daemonset|service)/((?:[\w-]|&lt;service&gt;)+)")
INSTANCE = re.compile(r"app\.kubernetes\.io/instance(?:=| in \()((?:[\w, -]|&lt;service&gt;)+)")


@cache
def shop(runtime: str, logs: str = "loki", traces: str = "tempo") -> Program:
    """A stack with a service of every kind, on a runtime, without the demo."""
    services = [{**smallest_entry(kind), "owner": "shop"} for kind in kinds().values()]
    sections: dict[str, object] = {"logs": {"store": logs}, "traces": {"store": traces}}
    if runtime == "docker":
        sections["docker"] = {"networks": ["shop_default"]}
    raw = configuration(*services, runtime=runtime, **sections)
    return prepare_program(raw, "shop", grafana_content="files")


def directory(program: Program) -> ConfigDirectory:
    (found,) = [workload.config for workload in program.workloads if workload.name == "runbooks"]
    assert found
    return found


def pages(program: Program) -> dict[str, str]:
    return {name: text for name, text in directory(program).files.items() if name.endswith(".html")}


def all_pages(runtime: str) -> dict[str, str]:
    """Of the stack with each pair of stores, which together have every shipped alert."""
    return {**pages(shop(runtime)), **pages(shop(runtime, "victorialogs", "jaeger"))}


@cache
def deployed(runtime: str) -> frozenset[tuple[str, str]]:
    """What the rendered stacks have, as `kind` in lower case and name."""
    return frozenset(
        (found.type.rpartition(":")[2].lower(), str(found.inputs.get("name") or found.inputs["metadata"]["name"]))
        for program in (shop(runtime), shop(runtime, "victorialogs", "jaeger"))
        for found in captured_program(program)
        if found.type.startswith(("docker:index/container", "kubernetes:apps/", "kubernetes:core/v1:Service"))
    )


def resolves(name: str, there: set[str]) -> bool:
    """Whether something has the name; `<service>` is one of the services, or one of the stack's own programs."""
    pattern = re.escape(name).replace(re.escape(SERVICE), r"[\w-]+")
    return any(re.fullmatch(pattern, found) for found in there)


@BOTH
def test_every_alert_has_a_page_and_nothing_else_has(runtime: str) -> None:
    assert {name.removesuffix(".html") for name in all_pages(runtime)} == {*shipped_alerts(), "README", "index"}


@BOTH
def test_every_link_between_pages_leads_to_one(runtime: str) -> None:
    found = pages(shop(runtime))
    for name, text in found.items():
        local = [link for link in re.findall(r'href="([^"]+)"', text) if not link.startswith("http")]
        assert {link for link in local if link not in directory(shop(runtime)).files} == set(), name
    assert all(f'href="{name}"' in found["index.html"] for name in found if name != "index.html")


def test_every_container_in_a_command_is_one_that_a_stack_has() -> None:
    names = {name.removeprefix("monitoring-shop-") for _, name in deployed("docker")}
    used = {name for text in all_pages("docker").values() for name in CONTAINER.findall(text)}
    assert {"prometheus", "loki", "jaeger"} <= used
    assert {name for name in used if not resolves(name, names)} == set()


def test_every_object_in_a_command_is_one_of_that_kind_that_a_stack_has() -> None:
    used = {found for text in all_pages("kubernetes").values() for found in OBJECT.findall(text)}
    assert {("statefulset", "prometheus"), ("service", "alertmanager")} <= used
    for kind, name in used:
        assert resolves(name, {found for of, found in deployed("kubernetes") if of == kind}), f"{kind}/{name}"
    instances = {
        name.strip()
        for text in all_pages("kubernetes").values()
        for names in INSTANCE.findall(text)
        for name in names.split(" --")[0].split(" -o")[0].split(" |")[0].split(",")
    }
    assert {name for name in instances if not resolves(name, {found for _, found in deployed("kubernetes")})} == set()


@BOTH
def test_a_page_has_the_commands_of_its_own_runtime_alone_and_no_placeholder_of_the_stack(runtime: str) -> None:
    other = {"docker": r"kubectl -n", "kubernetes": r"docker (logs|exec|inspect|ps|stats|restart|start|stop|kill)"}
    for name, text in all_pages(runtime).items():
        # The guide explains placeholders.
        body = text if name != "README.html" else text.partition("Names in commands")[0]
        assert not re.search(rf"\b{other[runtime]}\b", body), name
        assert not re.search(r"&lt;(stack|namespace|agents-namespace|prometheus|alertmanager)&gt;", body), name


@BOTH
def test_the_pages_of_a_stack_with_every_kind_fit_into_one_config_map_with_room_to_grow(runtime: str) -> None:
    data = config_data("runbooks", directory(shop(runtime)))
    assert sum(len(text.encode()) for text in data.values()) < 0.75 * 1024 * 1024


def test_what_settings_say_is_text_and_never_markup() -> None:
    service = {"name": "api", "kind": "fastapi", "target": "api:8000", "owner": "shop"}
    raw = configuration(service, grafana={"url": 'https://g.example.com/"><b>&'})
    text = pages(prepare_program(raw, "shop"))["README.html"]
    assert 'href="https://g.example.com/&quot;&gt;&lt;b&gt;&amp;"' in text
    assert "<b>" not in text


def test_a_page_says_the_severity_that_the_stack_gives_its_alert() -> None:
    service = {"name": "api", "kind": "fastapi", "target": "api:8000", "owner": "shop"}
    settings = {"alerts": {"HighErrorRate": {"severity": "high"}, "HighLatency": {"enabled": False}}}
    found = pages(prepare_program(configuration(service, **settings), "shop"))
    assert '<span class="severity high">high</span>' in found["HighErrorRate.html"]
    assert "critical" not in found["HighErrorRate.html"].partition("<h2>")[0]
    assert "HighLatency.html" not in found
