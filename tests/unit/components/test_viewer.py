"""The viewer: which stacks have it, what it is given, and who may be asked through it."""

from __future__ import annotations

import json
import re

import pytest

from components.stores import all_stores, stores_of
from components.stores.panel import Window
from components.stores.store import LogStore, TraceStore
from components.viewer import viewer_files
from dashboards import dashboards_of
from tests.plans import program_of, workload_of

BUILT = {"images": {"source": "built"}}


def names(**sections: object) -> set[str]:
    return {workload.name for workload in program_of("dev", **sections).workloads}


def test_a_stack_has_it_where_it_has_no_grafana() -> None:
    assert "viewer" in names(**BUILT)
    assert "viewer" not in names(images={"source": "registry"})


def test_whoever_wants_it_has_it_and_whoever_does_not_has_none() -> None:
    assert {"viewer", "grafana"} <= names(images={"source": "registry"}, viewer={"enabled": True})
    assert "viewer" not in names(**BUILT, viewer={"enabled": False})


def test_its_address_is_told_with_those_of_the_others() -> None:
    assert program_of("dev", **BUILT).urls["viewer"] == "http://127.0.0.1:9097"
    moved = program_of("dev", **BUILT, viewer={"url": "https://v.example.com"})
    assert moved.urls["viewer"] == "https://v.example.com"


def test_logins_are_in_secret_files_alone() -> None:
    viewer = workload_of("viewer", **BUILT)
    assert set(viewer.secrets) == {"viewerPassword", "prometheusPassword", "victorialogsPassword", "jaegerPassword"}
    assert viewer.env == {}
    assert viewer.args[0] == "viewerPassword"


def test_the_stores_let_it_in() -> None:
    program = program_of("dev", **BUILT)
    asked = {workload.name for workload in program.workloads if "viewer" in workload.clients}
    assert asked == {"prometheus", "victorialogs", "jaeger"}


@pytest.mark.parametrize("source", ["built", "registry"])
def test_it_has_every_dashboard_of_the_plan_and_every_data_source_of_these(source: str) -> None:
    program = program_of("dev", images={"source": source}, viewer={"enabled": True})
    files = viewer_files(program.plan)
    stack = json.loads(files["pages/stack.json"])
    uids = {one["uid"] for one in stack["dashboards"]}
    assert uids == set(program.plan.dashboards)
    for uid in uids:
        text = files[f"pages/dashboards/{uid}.json"]
        assert json.loads(text)["uid"] == uid
        assert set(re.findall(r'"uid":"(prometheus|loki|tempo|jaeger|victorialogs)"', text)) <= set(stack["sources"])
    for uid in stack["sources"]:
        assert f'location ~ "^/api/{uid}(?<asked>' in files["nginx.conf"]


def test_its_files_are_those_of_the_plan_and_fit_into_a_config_map() -> None:
    program = program_of("dev", **BUILT)
    files = viewer_files(program.plan)
    assert len(files) == len(program.plan.dashboards) + 2
    assert sum(map(len, files.values())) < 1_000_000


def test_a_store_without_a_login_gets_none() -> None:
    files = viewer_files(program_of("dev", images={"source": "registry"}, viewer={"enabled": True}).plan)
    loki = files["nginx.conf"].split('location ~ "^/api/loki', 1)[1].split("}\n    }")[0]
    assert 'proxy_set_header Authorization "";' in loki
    assert "include" not in loki.split("location")[0]


def test_what_panels_ask_of_a_store_is_what_may_be_asked() -> None:
    window = Window(0, 3600, 15)
    for store in all_stores().values():
        target = {"expr": "*", "query": "a" * 32, "service": "shop", "queryType": "search"}
        assert isinstance(store, LogStore | TraceStore)
        question = store.panel_question(target, window)
        assert re.fullmatch(store.query_paths, question.path), store.name


def test_every_dashboard_keeps_its_own_json() -> None:
    plan = program_of("dev", **BUILT).plan
    found = dashboards_of(plan, stores_of(plan.settings))
    files = viewer_files(plan)
    assert all(json.loads(files[f"pages/dashboards/{uid}.json"]) == one for uid, one in found.items())
