"""Grafana's content through its provider."""

from __future__ import annotations

import json

from tests.conftest import Deployment
from tests.unit.components.looking import GRAFANA_PROVIDER, content


def test_grafana_gets_its_content_through_the_provider_after_it_answers(dev: Deployment) -> None:
    (provider,) = dev.of(GRAFANA_PROVIDER).values()
    assert provider.inputs["url"] == "http://127.0.0.1:3000"
    assert json.loads(provider.inputs["retries"]) == 10
    assert json.loads(provider.inputs["retryWait"]) == 3
    grafana = dev.containers["grafana"].urn
    assert provider.parent not in dev.by_urn
    found = content(dev)
    assert {resource.type.rpartition(":")[2] for resource in found} >= {"DataSource", "Folder", "Dashboard"}
    for resource in found:
        assert resource.provider.startswith(f"{provider.urn}::"), resource.name
        assert grafana in resource.depends_on, resource.name
    assert dev.files("grafana") == {}


def test_dashboards_are_in_one_folder_with_uids_and_panel_ids_of_their_own(dev: Deployment) -> None:
    (folder,) = dev.of("grafana:oss/folder:Folder").values()
    dashboards = dev.of("grafana:oss/dashboard:Dashboard")
    assert dashboards
    for name, dashboard in dashboards.items():
        document = json.loads(dashboard.inputs["configJson"])
        assert dashboard.inputs["folder"] == folder.inputs["uid"] == "monitoring"
        assert name == f"monitoring-grafana-content-{document['uid']}"
        ids = [panel["id"] for panel in document["panels"]]
        assert len(set(ids)) == len(ids), name
