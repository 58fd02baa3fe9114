"""Names, labels and contents of the Kubernetes objects of a workload."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import pulumi
from pulumi_kubernetes import meta

from workloads.workload import ConfigDirectory, Workload

PART_OF_LABEL = "app.kubernetes.io/part-of"
NAME_LABEL = "app.kubernetes.io/name"
INSTANCE_LABEL = "app.kubernetes.io/instance"
# Annotations that only Pulumi's provider reads begin so.
ENGINE_PREFIX = "pulumi.com/"
# Fields that somebody changed with kubectl are theirs: without this the next update fails, instead of taking them back.
_TAKE_BACK = {f"{ENGINE_PREFIX}patchForce": "true"}
# In a class that binds on first use the provider waits for "Pending", which a claim in use is never again.
DO_NOT_WAIT = {f"{ENGINE_PREFIX}skipAwait": "true"}
_CONFIG_MAP_LIMIT = 1024 * 1024
_SUFFIX_LENGTH = 10


def stack_labels(stack: str) -> dict[str, str]:
    """Labels of every object of a stack."""
    return {"app.kubernetes.io/managed-by": "pulumi", PART_OF_LABEL: f"monitoring-{stack}"}


def workload_labels(workload: Workload, stack: str) -> dict[str, str]:
    """Labels of every object of a workload."""
    return {**stack_labels(stack), **selector_labels(workload)}


def selector_labels(workload: Workload) -> dict[str, str]:
    """What picks the workload's pods. A selector cannot be changed, so neither may these."""
    return {NAME_LABEL: workload.image, INSTANCE_LABEL: workload.name}


def object_metadata(
    name: pulumi.Input[str],
    namespace: str | None,
    labels: Mapping[str, str],
    annotations: Mapping[str, str] | None = None,
) -> meta.v1.ObjectMetaArgs:
    """What every object of a stack begins with; a namespace itself is in none."""
    return meta.v1.ObjectMetaArgs(
        name=name, namespace=namespace, labels=labels, annotations={**_TAKE_BACK, **(annotations or {})}
    )


def secrets_name(workload: str) -> str:
    """What the name of a workload's Secret starts with."""
    return f"{workload}-secrets"


def config_key(path: str) -> str:
    """The ConfigMap key of a file: keys cannot hold a slash, so the volume gives the file its path back."""
    return path.replace("/", "__")


def config_data(workload: str, config: ConfigDirectory) -> dict[str, str]:
    """The ConfigMap's data.

    Raises:
        ValueError: when two paths share a key, or when Kubernetes would refuse the size.
    """
    data = {config_key(path): content for path, content in sorted(config.files.items())}
    if len(data) < len(config.files):
        raise ValueError(f"workload {workload}: two configuration files differ only in '/' and '__'; rename one")
    size = sum(len(key.encode()) + len(content.encode()) for key, content in data.items())
    if size > _CONFIG_MAP_LIMIT:
        raise ValueError(
            f"workload {workload}: its configuration files are {size} bytes together, and a ConfigMap holds"
            f" {_CONFIG_MAP_LIMIT} at most; give it fewer or smaller files"
        )
    return data


def content_suffix(contents: Mapping[str, str], key: str = "") -> str:
    """A short name for contents. With a key, nobody without it learns or can check what the contents are."""
    message = repr(sorted(contents.items())).encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:_SUFFIX_LENGTH]


def quantity(mebibytes: int) -> str:
    """MiB in the largest unit that divides it, which is the form the API server gives it back in."""
    for unit in ("Mi", "Gi"):
        if mebibytes % 1024:
            return f"{mebibytes}{unit}"
        mebibytes //= 1024
    return f"{mebibytes}Ti"


def cores(cpus: float) -> str:
    """CPUs in the API server's form: whole, or in thousandths."""
    millis = round(cpus * 1000)
    return f"{millis}m" if millis % 1000 else str(millis // 1000)
