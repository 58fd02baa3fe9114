"""Bringing a stack up on a cluster, which only the Pulumi engine does."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from components.endpoints import ADMIN, PROMETHEUS
from runtimes.console import Failure, step
from runtimes.kubernetes.settings import kubernetes_settings
from runtimes.operations import FindEngine, Target, password_urns, tell_left_out
from runtimes.secrets import require


def up(target: Target, find_engine: FindEngine, rotated: Collection[str] = ()) -> tuple[Target, bool]:
    """Bring the stack up and wait until every pod is ready.

    Args:
        rotated: names of generated passwords that are made anew.

    Returns:
        The stack as it was deployed, and whether anything had to change.

    Raises:
        Failure: when there is no engine, or it fails.
    """
    engine, why = find_engine(target)
    if engine is None:
        raise Failure(
            f"Stack {target.stack} runs on Kubernetes and needs the Pulumi engine, but {why}:"
            f" install it, or apply rendered/{target.stack} with kubectl."
        )
    require(target, decrypted=True)
    tell_left_out(target.program)
    target.keep_settings()
    step("Deploying with Pulumi")
    return target, engine.up(target, password_urns(target, rotated))


def recipes() -> Collection[str]:
    """None: a cluster's nodes run the workloads and nothing else."""
    return ()


def prepare(target: Target) -> None:
    """Nothing: the cluster's nodes pull images themselves."""


def down(target: Target) -> None:
    """Refuse: a cluster has no stopped pods.

    Raises:
        Failure: always, saying what to do instead.
    """
    settings = kubernetes_settings(target.program.settings)
    kubectl = settings.kubectl(settings.namespace)
    raise Failure(
        f"Stack {target.stack} runs on Kubernetes, where nothing is stopped and kept: scale it to nothing with"
        f" `{kubectl} scale deployment,statefulset --all --replicas=0`, or remove it with"
        f" `make destroy STACK={target.stack}`."
    )


def destroy(target: Target) -> bool:
    """Nothing here comes up without an engine."""
    return False


def remove_leftovers(target: Target) -> None:
    """Nothing: the engine knows every object it made."""


def passwords(target: Target) -> Iterator[str]:
    """Lines that say where the passwords are, never what they are."""
    settings = kubernetes_settings(target.program.settings)
    kubectl = settings.kubectl(settings.namespace)
    yield f"user {ADMIN}; in the Secrets of each component, for example"
    yield f"{kubectl} get secret -l app.kubernetes.io/instance={PROMETHEUS.workload} -o yaml"
