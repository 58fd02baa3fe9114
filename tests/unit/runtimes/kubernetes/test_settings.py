"""The section `monitoring:kubernetes`."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.target import load_target
from runtimes.docker.settings import docker_settings
from runtimes.kubernetes.settings import KubernetesSettings, kubernetes_settings
from settings.errors import ConfigurationError
from tests.stacks import stack_file


def test_every_key_has_a_default(tmp_path: Path) -> None:
    section = kubernetes_settings(load_target("kettle", stack_file(tmp_path, base="prod")).program.settings)
    assert (section.namespace, section.storage_class, section.context) == ("monitoring", None, None)


def test_commands_for_people_name_the_context_that_the_stack_is_in() -> None:
    assert KubernetesSettings().kubectl("watching") == "kubectl -n watching"
    assert KubernetesSettings(context="prod-eu").kubectl("monitoring") == "kubectl --context prod-eu -n monitoring"


def test_the_section_of_a_stack_that_runs_elsewhere_is_not_to_be_had(tmp_path: Path) -> None:
    on_docker = load_target("kettle", stack_file(tmp_path)).program.settings
    with pytest.raises(TypeError, match=r"^this stack runs on docker, not on Kubernetes$"):
        kubernetes_settings(on_docker)
    on_kubernetes = load_target("kettle", stack_file(tmp_path, base="prod")).program.settings
    with pytest.raises(TypeError, match=r"^this stack runs on kubernetes, not on Docker$"):
        docker_settings(on_kubernetes)


def test_a_mistake_in_it_is_told_like_any_other(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_target("kettle", stack_file(tmp_path, base="prod", kubernetes={"namespace": "Watching", "ports": {}}))
    assert [mistake.path for mistake in refused.value.mistakes] == ["kubernetes.namespace", "kubernetes.ports"]


def test_the_agents_cannot_have_the_namespace_of_the_rest(tmp_path: Path) -> None:
    section = {"namespace": "watching", "agents_namespace": "watching"}
    with pytest.raises(ConfigurationError) as refused:
        load_target("kettle", stack_file(tmp_path, base="prod", kubernetes=section))
    assert [str(mistake) for mistake in refused.value.mistakes] == [
        "kubernetes.agents_namespace (line 37): found 'watching'. Allowed: a name that is not kubernetes.namespace."
    ]


@pytest.mark.parametrize(
    ("section", "begins"),
    [
        ({"namespace": "kube-system"}, "kubernetes.namespace: found 'kube-system', which every cluster has"),
        (
            {"agents_namespace": "default"},
            "kubernetes.agents_namespace: found 'default', which every cluster",
        ),
        ({"namespace": "a" * 60}, "kubernetes.namespace: found 'aaaaa"),
    ],
)
def test_a_namespace_that_cannot_be_made_is_a_mistake(tmp_path: Path, section: dict[str, str], begins: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_target("kettle", stack_file(tmp_path, base="prod", kubernetes=section))
    (mistake,) = refused.value.mistakes
    assert f"{mistake.path}: found {mistake.found}".startswith(begins)
