"""The seam between the stores and everybody who uses them: whichever a stack has, everything fits together."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.names import endpoints, generated_secrets, reserved_names
from components.stores import all_stores, log_stores, stores_of, trace_stores
from program.prepare import prepare_program
from settings.errors import ConfigurationError
from settings.types import ImageSource
from tests.conftest import ROOT, Deploy, Deployment
from tests.plans import document_of, program_of, raw_configuration, workload_of

SOURCES: tuple[ImageSource, ...] = ("registry", "built")
# A store's file, the images with their recipes, and what is written for people may name it; nothing else.
_MAY_NAME_STORES = ("components/stores/", "images/", "tests/", ".venv/")


@pytest.fixture(params=[(logs.name, traces.name) for logs in log_stores() for traces in trace_stores()], ids="-".join)
def stack(request: pytest.FixtureRequest, deployed: Deploy) -> Deployment:
    """The dev stack with each pair of stores."""
    logs, traces = request.param
    # Those that it has anyway are not named, so that it is deployed once for all tests.
    shipped = {store.name for store in stores_of(program_of().settings).both}
    chosen = {"logs": {"store": logs}, "traces": {"store": traces}}
    return deployed("dev", **{signal: choice for signal, choice in chosen.items() if choice["store"] not in shipped})


def files_of(stack: Deployment) -> dict[str, Any]:
    """The data sources by uid, as file provisioning has them."""
    stores = stores_of(stack.program.settings)
    chosen = {"logs": {"store": stores.logs.name}, "traces": {"store": stores.traces.name}}
    document = document_of(
        workload_of("grafana", grafana={"content": "files"}, **chosen), "datasources/datasources.yaml"
    )
    return {source["uid"]: source for source in document["datasources"]}


# --- The choice ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES)
def test_each_image_source_has_one_default_for_each_signal(source: ImageSource) -> None:
    for stores in (log_stores(), trace_stores()):
        assert len([store for store in stores if store.default_with == source]) == 1


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({}, ["loki", "tempo"]),
        ({"images": {"source": "built"}}, ["victorialogs", "jaeger"]),
        ({"logs": {"store": "victorialogs"}}, ["victorialogs", "tempo"]),
        ({"traces": {"store": "jaeger"}}, ["loki", "jaeger"]),
    ],
)
def test_a_stack_has_the_stores_that_it_names_or_that_its_images_are_made_for(
    sections: Mapping[str, object], expected: list[str]
) -> None:
    program = prepare_program(raw_configuration("dev", sections), "dev")
    assert [store.name for store in stores_of(program.settings).both] == expected
    images = {workload.image for workload in program.workloads}
    assert {image for store in all_stores().values() for image in store.images} & images == set(expected)
    assert program.missing.keys() <= {"grafana"}


def test_a_store_that_has_no_image_is_a_mistake_that_says_what_can_be_had() -> None:
    sections = {"images": {"source": "built"}, "logs": {"store": "loki"}, "traces": {"store": "tempo"}}
    with pytest.raises(ConfigurationError) as refused:
        prepare_program(raw_configuration("dev", sections), "dev")
    logs, traces = map(str, refused.value.mistakes)
    assert logs.startswith(
        "logs.store: found 'loki', whose loki has no image."
        " Allowed: victorialogs, or an image in images.overrides.loki. With images.source built: Loki is under the AGPL"
    )
    assert traces.startswith("traces.store: found 'tempo', whose tempo has no image. Allowed: jaeger, or")


def test_an_image_of_ones_own_makes_any_store_possible() -> None:
    sections = {"images": {"source": "built", "overrides": {"loki": "mirror/loki:3"}}, "logs": {"store": "loki"}}
    program = prepare_program(raw_configuration("dev", sections), "dev")
    assert stores_of(program.settings).logs.name == "loki"
    assert program.images["loki"] == "mirror/loki:3"


def test_a_stack_has_the_rules_of_its_own_stores_and_of_no_others(stack: Deployment) -> None:
    own = {f"{group}.rules.yml" for group in stores_of(stack.program.settings).rules}
    all_of_them = {f"{group}.rules.yml" for store in all_stores().values() for group in store.rules}
    assert own
    assert stack.program.plan.rule_files.keys() & all_of_them == own


def test_whoever_brings_a_stack_up_is_told_which_stores_it_has_and_what_is_different(stack: Deployment) -> None:
    stores = stores_of(stack.program.settings)
    for line, signal, store in zip(stores.told, ("Logs", "Traces"), stores.both, strict=True):
        assert line == f"{signal} are kept by {store.title}. {store.differs}".rstrip()
    assert bool(stores.logs.differs) == (stores.logs.name == "victorialogs")
    assert bool(stores.traces.differs) == (stores.traces.name == "jaeger")


def test_their_sizes_are_those_of_the_signal() -> None:
    for source in SOURCES:
        program = program_of(
            "prod",
            runtime="docker",
            images={"source": source},
            logs={"storage": "50Gi", "memory": "2Gi"},
            traces={"storage": "30Gi", "memory": "3Gi"},
        )
        stores, plan = stores_of(program.settings), program.plan
        for store, storage, memory in ((stores.logs, 50, 2), (stores.traces, 30, 3)):
            workloads = store.workloads(plan)
            assert sum(workload.limits.memory_mebibytes for workload in workloads) == memory * 1024
            sizes = [int(volume.size[:-2]) for workload in workloads for volume in workload.volumes]
            units = {volume.size[-2:] for workload in workloads for volume in workload.volumes}
            assert (sum(sizes), units) in ((storage, {"Gi"}), (storage * 1024, {"Mi"}))
            signal = "logs" if store is stores.logs else "traces"
            assert {volume.setting for workload in workloads for volume in workload.volumes} == {f"{signal}.storage"}


# --- Everybody who uses them -----------------------------------------------------------------------------------------


def test_no_module_names_a_store() -> None:
    names = {store.name for store in all_stores().values()} | {store.title for store in all_stores().values()}
    named = re.compile(rf"\b({'|'.join(sorted(names))})\b", re.IGNORECASE)
    files = [
        path for path in sorted(ROOT.rglob("*.py")) if not str(path.relative_to(ROOT)).startswith(_MAY_NAME_STORES)
    ]
    assert len(files) > 100
    found = {
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if named.search(line)
    }
    assert found == set()


def test_no_store_names_another() -> None:
    for store in all_stores().values():
        others = "|".join(other.name for other in all_stores().values() if other is not store)
        module = sys.modules[type(store).__module__]
        text = Path(str(module.__file__)).read_text(encoding="utf-8")
        assert re.findall(rf"\b({others})\b", text, re.IGNORECASE) == [], store.name


def test_the_gateway_sends_to_them_and_starts_after_them(stack: Deployment) -> None:
    stores = stores_of(stack.program.settings)
    keepers = {workload.name for store in stores.both for workload in store.workloads(stack.program.plan)}
    first = stack.first_of("collector-gateway") - {"prepare"}
    assert first <= keepers
    config = stack.document("collector-gateway", "gateway.yaml")
    pipelines = config["service"]["pipelines"].values()
    assert {name for pipeline in pipelines for name in pipeline["exporters"]} == {
        *config["exporters"],
        *config["connectors"],
    }
    alerts = config["service"]["pipelines"]["logs/alerts"]["exporters"]
    others = {
        name
        for pipeline, found in config["service"]["pipelines"].items()
        if pipeline != "logs/alerts"
        for name in found["exporters"]
    }
    # A queue of its own: alert history must not wait behind a flood of container logs.
    assert not set(alerts) & others
    for name in {*alerts, *others} - {*config["connectors"], "prometheus/span_metrics"}:
        queue = config["exporters"][name]["sending_queue"]
        assert (queue["storage"], queue["queue_size"]) == ("file_storage", 5000), name
        assert config["exporters"][name]["retry_on_failure"] == {"enabled": True, "max_elapsed_time": "0s"}, name


def test_those_who_connect_to_them_may(stack: Deployment) -> None:
    workloads = {workload.name: workload for workload in stack.program.workloads}
    stores = stores_of(stack.program.settings)
    gateway = stack.first_of("collector-gateway") - {"prepare"}
    assert all("collector-gateway" in workloads[name].clients for name in gateway)
    for source in (stores.logs.data_source(stores.traces.source), stores.traces.data_source(stores.logs)):
        assert "grafana" in workloads[source.endpoint.workload].clients
        assert source.endpoint.workload in stack.first_of("grafana")
    for store in stores.both:
        assert all("prometheus" in workload.clients for workload in store.workloads(stack.program.plan))
        assert all(store.name in workloads[component].clients for component in store.writes_to)


def test_grafana_gets_from_each_signal_to_the_others(stack: Deployment) -> None:
    stores = stores_of(stack.program.settings)
    logs, traces = stores.logs.source, stores.traces.source
    sources = {found.inputs["uid"]: found.inputs for found in stack.of("grafana:oss/dataSource:DataSource").values()}
    assert set(sources) == {"prometheus", "alertmanager", logs.uid, traces.uid}
    assert {uid: sources[uid]["type"] for uid in (logs.uid, traces.uid)} == {
        logs.uid: logs.type,
        traces.uid: traces.type,
    }
    assert [uid for uid, found in sources.items() if found["isDefault"]] == ["prometheus"]
    options = {uid: json.loads(found["jsonDataEncoded"]) for uid, found in sources.items()}
    assert [exemplar["datasourceUid"] for exemplar in options["prometheus"]["exemplarTraceIdDestinations"]] == [
        traces.uid
    ]
    assert [link["datasourceUid"] for link in options[logs.uid]["derivedFields"]] == [traces.uid]
    assert options[traces.uid]["tracesToLogsV2"]["datasourceUid"] == logs.uid
    assert options[traces.uid]["tracesToLogsV2"]["filterByTraceID"] is True


def test_grafana_logs_in_where_it_must(stack: Deployment) -> None:
    sources = {found.inputs["uid"]: found.inputs for found in stack.of("grafana:oss/dataSource:DataSource").values()}
    guarded = {uid for uid, found in sources.items() if found["basicAuthEnabled"]}
    assert guarded == {"prometheus", "alertmanager", *({"victorialogs", "jaeger"} & set(sources))}
    for uid in guarded:
        assert sources[uid]["basicAuthUsername"] == "admin"
        assert json.loads(sources[uid]["secureJsonDataEncoded"]) == {"basicAuthPassword": f"<secret {uid}Password>"}
        assert f"{uid}Password" in stack.files("grafana", "secrets")


def test_provisioning_by_files_escapes_every_dollar_but_that_of_secrets(stack: Deployment) -> None:
    logs = stores_of(stack.program.settings).logs.source.uid
    written = files_of(stack)
    (link,) = written[logs]["jsonData"]["derivedFields"]
    assert link["url"] == "$${__value.raw}"
    password = written["prometheus"]["secureJsonData"]["basicAuthPassword"]
    assert password == "$__file{/run/secrets/prometheusPassword}"
    (through_provider,) = [
        json.loads(found.inputs["jsonDataEncoded"])
        for found in stack.of("grafana:oss/dataSource:DataSource").values()
        if found.inputs["uid"] == logs
    ]
    assert through_provider["derivedFields"][0]["url"] == "${__value.raw}"


def test_grafana_fetches_only_the_plugin_that_a_store_needs(stack: Deployment) -> None:
    environment = dict(entry.split("=", 1) for entry in stack.container("grafana")["envs"])
    plugins = {name: value for name, value in environment.items() if name.startswith("GF_PLUGINS_")}
    stores = stores_of(stack.program.settings)
    plugin = stores.logs.data_source(stores.traces.source).plugin
    if not plugin:
        assert plugins == {"GF_PLUGINS_PREINSTALL_DISABLED": "true"}
        return
    name, _, version = plugin.partition("@")
    assert name == stores.logs.source.type
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert plugins["GF_PLUGINS_PREINSTALL_SYNC"] == plugin
    assert plugins["GF_PLUGINS_PREINSTALL_AUTO_UPDATE"] == "false"
    assert "grafana-lokiexplore-app" in plugins["GF_PLUGINS_DISABLE_PLUGINS"]


def test_names_ports_and_passwords_of_every_store_are_the_stacks_own() -> None:
    for store in all_stores().values():
        assert set(store.endpoints) <= set(endpoints())
        assert {endpoint.workload for endpoint in store.endpoints} <= reserved_names()
    assert {"victorialogsPassword", "jaegerPassword"} <= generated_secrets()


def test_every_port_and_image_of_a_workload_is_one_that_its_store_names(stack: Deployment) -> None:
    for store in stores_of(stack.program.settings).both:
        listed = {(endpoint.workload, endpoint.port) for endpoint in store.endpoints}
        workloads = store.workloads(stack.program.plan)
        assert {(workload.name, port.number) for workload in workloads for port in workload.ports} == listed
        assert {workload.image for workload in workloads} == set(store.images)
        assert store.name in {workload.name for workload in workloads}


def test_what_people_reach_asks_for_a_login(stack: Deployment) -> None:
    for store in stores_of(stack.program.settings).both:
        for endpoint in store.endpoints:
            assert endpoint.reach == "stack" or hasattr(endpoint, "login"), endpoint
