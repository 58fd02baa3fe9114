"""Bringing a stack up on a cluster, which only the Pulumi engine does."""

from __future__ import annotations

from collections.abc import Iterator

from runtimes.console import Failure, note, step
from runtimes.kubernetes.settings import kubernetes_settings
from runtimes.operations import FindEngine, Target


def up(target: Target, find_engine: FindEngine) -> tuple[Target, bool]:
    """Bring the stack up and wait until every pod is ready.

    Returns:
        The stack as it was deployed, and whether anything had to change.

    Raises:
        Failure: when there is no engine, or it fails.
    """
    engine, why = find_engine(target)
    if engine is None:
        raise Failure(
            f"Stack {target.stack} runs on Kubernetes and needs the Pulumi engine, but {why}:"
            f" install the Pulumi CLI, or apply rendered/{target.stack} with kubectl."
        )
    for component, why in target.program.missing.items():
        note(f"left out: {component}. {why}")
    target.keep_settings()
    step("Deploying with Pulumi")
    return target, engine.up(target)


def down(target: Target) -> None:
    """Refuse: a cluster has no stopped pods.

    Raises:
        Failure: always, saying what to do instead.
    """
    namespace = kubernetes_settings(target.program.settings).namespace
    raise Failure(
        f"Stack {target.stack} runs on Kubernetes, where nothing is stopped and kept: scale it to nothing with"
        f" `kubectl -n {namespace} scale deployment,statefulset --all --replicas=0`, or remove it with"
        f" `make destroy STACK={target.stack}`."
    )


def passwords(target: Target) -> Iterator[str]:
    """Lines that say where the passwords are, never what they are."""
    namespace = kubernetes_settings(target.program.settings).namespace
    yield "user admin; in the Secrets of each component, for example"
    yield f"kubectl -n {namespace} get secret -l app.kubernetes.io/instance=prometheus -o yaml"
