"""Grafana's content through its provider: what every resource is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from runtimes.capture import CapturedResource
from tests.conftest import Deploy, Deployment
from tests.unit.components.looking import EXISTING_GRAFANA, GRAFANA_PROVIDER, content

DATA_SOURCE = "grafana:oss/dataSource:DataSource"
FOLDER = "grafana:oss/folder:Folder"
PERMISSION = "grafana:oss/folderPermission:FolderPermission"
READ_ONLY = [{"role": "Viewer", "permission": "View"}, {"role": "Editor", "permission": "View"}]


def by_uid(deployment: Deployment, type_token: str) -> Mapping[str, CapturedResource]:
    return {found.inputs["uid"]: found for found in deployment.of(type_token).values()}


def sources(deployment: Deployment) -> Mapping[str, Mapping[str, Any]]:
    """The data sources' inputs by uid, `options` among them parsed."""
    return {
        uid: {**found.inputs, "options": json.loads(found.inputs["jsonDataEncoded"])}
        for uid, found in by_uid(deployment, DATA_SOURCE).items()
    }


def test_grafana_gets_its_content_through_the_provider_after_it_answers(dev: Deployment) -> None:
    (provider,) = dev.of(GRAFANA_PROVIDER).values()
    assert provider.inputs["url"] == "http://127.0.0.1:3000"
    assert json.loads(provider.inputs["retries"]) == 10
    assert json.loads(provider.inputs["retryWait"]) == 3
    grafana = dev.containers["grafana"].urn
    assert provider.parent not in dev.by_urn
    folder = dev.of(FOLDER)["monitoring-grafana-content-folder"].urn
    found = content(dev)
    assert {resource.type.rpartition(":")[2] for resource in found} == {
        *("DataSource", "Dashboard", "Folder", "FolderPermission", "Team", "ContactPoint", "RuleGroup"),
    }
    for resource in found:
        assert resource.provider.startswith(f"{provider.urn}::"), resource.name
        # Alerts come after the rest, which comes after Grafana.
        after = grafana if resource.type.startswith("grafana:oss/") else folder
        assert after in resource.depends_on, resource.name
    assert dev.files("grafana") == {}


def test_there_is_a_folder_for_everybody_and_one_for_each_team(dev: Deployment) -> None:
    folders = by_uid(dev, FOLDER)
    assert {uid: found.inputs["title"] for uid, found in folders.items()} == {
        "monitoring": "Monitoring",
        "team-memory": "Team memory",
    }
    # The name that it had when it was the only one: an existing folder is not replaced.
    assert folders["monitoring"].name == "monitoring-grafana-content-folder"


def test_everybody_reads_everything_and_a_team_edits_its_own_folder(dev: Deployment) -> None:
    (team,) = dev.of("grafana:oss/team:Team").values()
    assert team.inputs == {"name": "memory"}
    found = {item.inputs["folderUid"]: item.inputs["permissions"] for item in dev.of(PERMISSION).values()}
    assert found.keys() == by_uid(dev, FOLDER).keys()
    assert found["monitoring"] == READ_ONLY
    *everybody, own = found["team-memory"]
    assert everybody == READ_ONLY
    assert own["permission"] == "Edit"
    assert own["teamId"].startswith("monitoring-grafana-content-team-memory-members")


def test_dashboards_have_uids_and_panel_ids_of_their_own_in_the_folder_of_their_readers(dev: Deployment) -> None:
    dashboards = dev.of("grafana:oss/dashboard:Dashboard")
    assert dashboards
    placed: dict[str, set[str]] = {}
    for name, dashboard in dashboards.items():
        document = json.loads(dashboard.inputs["configJson"])
        placed.setdefault(dashboard.inputs["folder"], set()).add(document["uid"])
        assert name == f"monitoring-grafana-content-{document['uid']}"
        ids = [panel["id"] for panel in document["panels"]]
        assert len(set(ids)) == len(ids), name
    assert placed == {"monitoring": set(dev.program.plan.dashboards), "team-memory": {"services-memory"}}


@pytest.mark.parametrize(("logs", "traces"), [("loki", "tempo"), ("victorialogs", "jaeger")])
def test_metrics_lead_to_traces_logs_to_traces_and_spans_to_logs_and_metrics(
    deployed: Deploy, logs: str, traces: str
) -> None:
    found = sources(deployed("dev", logs={"store": logs}, traces={"store": traces}))
    (exemplars,) = found["prometheus"]["options"]["exemplarTraceIdDestinations"]
    assert exemplars == {"name": "trace_id", "datasourceUid": traces}
    (derived,) = found[logs]["options"]["derivedFields"]
    assert (derived["datasourceUid"], derived["url"]) == (traces, "${__value.raw}")
    of_spans = found[traces]["options"]
    assert of_spans["tracesToLogsV2"]["datasourceUid"] == logs
    assert of_spans["tracesToMetrics"]["datasourceUid"] == "prometheus"
    assert of_spans["tracesToMetrics"]["tags"] == [{"key": "service.name", "value": "service"}]
    for query in of_spans["tracesToMetrics"]["queries"]:
        assert "{$__tags}" in query["query"]


def test_a_data_source_presents_its_login(dev: Deployment) -> None:
    prometheus = sources(dev)["prometheus"]
    assert (prometheus["basicAuthEnabled"], prometheus["basicAuthUsername"]) == (True, "admin")
    assert json.loads(prometheus["secureJsonDataEncoded"]).keys() == {"basicAuthPassword"}
    assert (prometheus["isDefault"], prometheus["accessMode"]) == (True, "proxy")


def test_content_of_a_grafana_that_is_there_already_goes_there_with_the_token_that_was_given(
    existing: Deployment,
) -> None:
    (provider,) = existing.of(GRAFANA_PROVIDER).values()
    assert provider.inputs["url"] == EXISTING_GRAFANA["url"]
    assert provider.inputs["auth"] == "token of an account"
    assert "auth" in provider.secrets
    assert {uid: found["url"] for uid, found in sources(existing).items()} == EXISTING_GRAFANA["sources"]
    assert "monitoring-grafanaAdminPassword" not in {found.name for found in existing.resources}


def test_one_data_source_is_there_before_the_others_which_would_else_each_be_the_first_and_so_the_default(
    dev: Deployment,
) -> None:
    found = by_uid(dev, DATA_SOURCE).values()
    (first,) = (source for source in found if source.inputs["isDefault"])
    others = [source for source in found if source is not first]
    assert others
    for other in others:
        assert first.urn in other.depends_on
        assert other.ignore_changes == ()


def test_the_default_data_source_of_a_grafana_that_is_there_already_stays_its_owners(existing: Deployment) -> None:
    for source in by_uid(existing, DATA_SOURCE).values():
        assert not source.inputs["isDefault"]
        assert source.ignore_changes == ("isDefault",)


def test_an_account_for_programs_is_made_where_the_settings_ask_for_one(dev: Deployment, deployed: Deploy) -> None:
    stack = deployed("dev", grafana={"service_account": "Viewer"})
    (account,) = stack.of("grafana:oss/serviceAccount:ServiceAccount").values()
    assert (account.inputs["name"], account.inputs["role"]) == ("monitoring-grafana-content", "Viewer")
    (token,) = stack.of("grafana:oss/serviceAccountToken:ServiceAccountToken").values()
    assert token.inputs["serviceAccountId"].startswith(account.name)
    assert dev.of("grafana:oss/serviceAccount:ServiceAccount") == {}
