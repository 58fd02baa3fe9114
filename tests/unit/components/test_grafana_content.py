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


def test_data_sources_have_pinned_uids_and_log_in_with_a_secret(dev: Deployment) -> None:
    sources = {found.inputs["uid"]: found for found in dev.of("grafana:oss/dataSource:DataSource").values()}
    assert {uid: found.inputs["url"] for uid, found in sources.items()} == {
        "prometheus": "http://prometheus:9090",
        "loki": "http://loki:3100",
        "tempo": "http://tempo:3200",
        "alertmanager": "http://alertmanager:9093",
    }
    assert [uid for uid, found in sources.items() if found.inputs["isDefault"]] == ["prometheus"]
    for uid in ("prometheus", "alertmanager"):
        inputs = sources[uid].inputs
        assert (inputs["basicAuthEnabled"], inputs["basicAuthUsername"]) == (True, "admin")
        assert json.loads(inputs["secureJsonDataEncoded"]) == {"basicAuthPassword": f"<secret {uid}Password>"}


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
