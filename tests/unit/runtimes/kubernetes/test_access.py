"""What a workload may ask of the Kubernetes API."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.runtimes.kubernetes.registered import PLAIN, pod_of, run

WATCHER = replace(PLAIN, kubernetes_namespaces=("shop", "billing"))


def test_it_may_list_the_pods_of_its_namespaces_and_nothing_else() -> None:
    roles = [found.inputs for (kind, _), found in run([WATCHER]).items() if kind == "Role"]
    assert sorted(role["metadata"]["namespace"] for role in roles) == ["billing", "shop"]
    for role in roles:
        assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]


def test_each_role_is_bound_to_its_own_account_in_the_namespace_of_the_stack() -> None:
    found = run([WATCHER])
    bindings = [resource.inputs for (kind, _), resource in found.items() if kind == "RoleBinding"]
    roles = {
        (role.inputs["metadata"]["namespace"], role.inputs["metadata"]["name"])
        for (kind, _), role in found.items()
        if kind == "Role"
    }
    assert {(binding["metadata"]["namespace"], binding["roleRef"]["name"]) for binding in bindings} == roles
    for binding in bindings:
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "loki", "namespace": "monitoring"}]


def test_only_its_own_pod_gets_the_token_of_its_account() -> None:
    account = run([WATCHER])["ServiceAccount", "loki"].inputs
    assert account["automountServiceAccountToken"] is False
    pod = pod_of(WATCHER)
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == ("loki", True)


def test_who_watches_nothing_has_no_account() -> None:
    kinds = {kind for kind, _ in run([PLAIN])}
    assert not kinds & {"ServiceAccount", "Role", "RoleBinding", "ClusterRole"}
    assert "serviceAccountName" not in pod_of(PLAIN)
