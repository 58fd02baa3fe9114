"""Grafana's content from files: the same as through the provider, but for what no file can say."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import yaml

from components.shared import with_dollars_doubled
from components.stores import stores_of
from dashboards import all_dashboards
from tests.conftest import Deployment
from tests.unit.components.looking import GRAFANA_PROVIDER, content


def dashboard_files(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """Dashboards by their path below `dashboards`, without its ending."""
    return {
        name.removeprefix("dashboards/").removesuffix(".json"): json.loads(text)
        for name, text in deployment.files("grafana").items()
        if name.startswith("dashboards/") and name.endswith(".json")
    }


def test_dashboards_are_in_the_folders_that_the_provider_makes(dev: Deployment, changed: Deployment) -> None:
    assert content(changed) == []
    assert changed.of(GRAFANA_PROVIDER) == {}
    provided = {
        f"{found.inputs['folder']}/{json.loads(found.inputs['configJson'])['uid']}": json.loads(
            found.inputs["configJson"]
        )
        for found in dev.of("grafana:oss/dashboard:Dashboard").values()
    }
    assert dashboard_files(changed) == provided
    assert len({PurePosixPath(path).parent for path in provided}) > 1
    folders = {found.inputs["uid"]: found.inputs["title"] for found in dev.of("grafana:oss/folder:Folder").values()}
    providers = yaml.safe_load(changed.files("grafana")["dashboards/dashboards.yaml"])["providers"]
    assert {found["folderUid"]: found["folder"] for found in providers} == folders
    for found in providers:
        assert found["options"]["path"] == f"/etc/grafana/provisioning/dashboards/{found['folderUid']}"
        assert found["allowUiUpdates"] is False


def test_data_sources_are_those_of_the_provider_with_passwords_from_files(dev: Deployment, changed: Deployment) -> None:
    provided = {
        found.inputs["uid"]: (found.inputs["name"], found.inputs["type"], found.inputs["url"])
        for found in dev.of("grafana:oss/dataSource:DataSource").values()
    }
    sources = yaml.safe_load(changed.files("grafana")["datasources/datasources.yaml"])["datasources"]
    assert {found["uid"]: (found["name"], found["type"], found["url"]) for found in sources} == provided
    secrets = changed.files("grafana", "secrets")
    for source in sources:
        if source.get("basicAuth"):
            reference = source["secureJsonData"]["basicAuthPassword"]
            assert reference == f"$__file{{/run/secrets/{source['uid']}Password}}"
            assert f"{source['uid']}Password" in secrets
    assert {
        "hostPath": "./config/grafana",
        "containerPath": "/etc/grafana/provisioning",
        "readOnly": True,
    } in changed.container("grafana")["volumes"]


def test_what_grafana_would_take_for_a_variable_of_its_environment_is_escaped(
    dev: Deployment, changed: Deployment
) -> None:
    sources = yaml.safe_load(changed.files("grafana")["datasources/datasources.yaml"])["datasources"]
    provided = {
        found.inputs["uid"]: json.loads(found.inputs["jsonDataEncoded"])
        for found in dev.of("grafana:oss/dataSource:DataSource").values()
    }
    for source in sources:
        assert json.loads(json.dumps(source["jsonData"]).replace("$$", "$")) == provided[source["uid"]]
    assert "${__value.raw}" in json.dumps(provided)
    # Dashboards are read as they are.
    assert "$$" not in json.dumps(dashboard_files(changed))


def test_every_dollar_is_escaped_wherever_it_stands() -> None:
    assert with_dollars_doubled({"a": ["${x}", 1, {"$b": "$c"}], "d": True}) == {
        "a": ["$${x}", 1, {"$b": "$$c"}],
        "d": True,
    }


def test_no_dashboard_has_the_uid_of_a_folder_which_grafana_refuses(dev: Deployment) -> None:
    uids = [
        json.loads(found.inputs["configJson"])["uid"] for found in dev.of("grafana:oss/dashboard:Dashboard").values()
    ]
    folders = [found.inputs["uid"] for found in dev.of("grafana:oss/folder:Folder").values()]
    assert {*all_dashboards(stores_of(dev.program.settings)), *uids}.isdisjoint(folders)


def test_alerts_have_a_folder_of_another_title_than_those_of_dashboards(changed: Deployment) -> None:
    """Grafana makes folders of alerts first, by title and with a uid of its own."""
    rules = yaml.safe_load(changed.files("grafana")["alerting/rules.yaml"])["groups"]
    providers = yaml.safe_load(changed.files("grafana")["dashboards/dashboards.yaml"])["providers"]
    assert rules
    assert {group["folder"] for group in rules}.isdisjoint({found["folder"] for found in providers})
