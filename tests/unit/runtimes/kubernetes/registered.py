"""Made-up workloads, and what the Kubernetes runtime registers for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from runtimes.capture import CapturedResource, capture
from runtimes.kubernetes.runtime import KubernetesRuntime
from runtimes.kubernetes.settings import KubernetesSettings
from settings.secrets import SecretFile
from tests.fakes import FakeSecrets
from workloads.runtime import Deployed
from workloads.workload import ConfigDirectory, HostMount, HttpProbe, Limits, Port, Volume, Workload

REASON = "the test"


SECRET = "s3cret"


DEFAULTS = KubernetesSettings()


PLAIN = Workload(
    name="loki",
    image="loki",
    user=10001,
    limits=Limits(cpus=0.5, memory_mebibytes=512),
    probe=HttpProbe(3100, "/ready"),
    ports=(Port("http", 3100),),
)


CONFIGURED = replace(PLAIN, config=ConfigDirectory("/etc/loki", {"loki.yaml": "a: 1\n", "rules/x.yml": "b: 2\n"}))


SECRETIVE = replace(PLAIN, secrets={"web.yml": SecretFile.of("lokiPassword")})


STORING = replace(PLAIN, volumes=(Volume("loki-data", "/loki", "20Gi"),))


PER_HOST = replace(PLAIN, per_host=True)


AGENT = replace(
    PLAIN,
    name="agent",
    image="agent",
    per_host=True,
    host_mounts=(HostMount("/", "/host", REASON),),
    config=CONFIGURED.config,
    secrets=SECRETIVE.secrets,
)


class Recorder:
    """Options of resources by type and name, which captured inputs do not show."""

    def __init__(self) -> None:
        self.options: dict[tuple[str, str], pulumi.ResourceOptions] = {}

    def __call__(self, args: pulumi.ResourceTransformationArgs) -> None:
        self.options[args.type_, args.name] = args.opts


class Images(dict[str, str]):
    """Every component has an image."""

    def __missing__(self, component: str) -> str:
        return f"example/{component}:1"


class Parent(pulumi.ComponentResource):
    def __init__(self, recorder: Recorder) -> None:
        provider = kubernetes.Provider("cluster")
        options = pulumi.ResourceOptions(transformations=[recorder], providers=[provider])
        super().__init__("test:Parent", "parent", None, options)


def run(
    workloads: Sequence[Workload],
    settings: KubernetesSettings = DEFAULTS,
    secret: str = SECRET,
    recorder: Recorder | None = None,
    protect_data: bool = False,
) -> dict[tuple[str, str], CapturedResource]:
    """Deploy workloads in their order; resources by the end of their type and their name below the stack's."""

    def program() -> None:
        parent = Parent(recorder or Recorder())
        runtime = KubernetesRuntime("monitoring", settings, "test", Images(), protect_data=protect_data)
        runtime.prepare(workloads, parent)
        deployed: dict[str, Deployed] = {}
        for workload in workloads:
            after = [deployed[name] for name in workload.after]
            deployed[workload.name] = runtime.deploy(workload, FakeSecrets(secret), parent, after)

    captured = capture(program, stack="test", config={})
    return {
        (resource.type.rpartition(":")[2], resource.name.removeprefix("monitoring-")): resource for resource in captured
    }


def inputs_of(workload: Workload, kind: str, name: str | None = None, **options: Any) -> Mapping[str, Any]:
    return run([workload], **options)[kind, name or workload.name].inputs


def pod_of(workload: Workload, **options: Any) -> Mapping[str, Any]:
    found = [
        resource.inputs["spec"]["template"]["spec"]
        for (kind, _), resource in run([workload], **options).items()
        if kind in ("Deployment", "StatefulSet", "DaemonSet")
    ]
    assert len(found) == 1
    pod: Mapping[str, Any] = found[0]
    return pod


def container_of(workload: Workload) -> Mapping[str, Any]:
    (container,) = pod_of(workload)["containers"]
    found: Mapping[str, Any] = container
    return found
