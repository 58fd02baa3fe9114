"""What a claim on a volume cannot follow: sizes of the settings, held against what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from runtimes.kubernetes.namespaces import namespace_of
from runtimes.kubernetes.settings import KubernetesSettings
from settings.errors import Mistake, shown
from settings.types import mebibytes
from workloads.workload import Workload

_CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
_UNITS = {
    **{f"{prefix}i": 1024**power for power, prefix in enumerate("KMGTPE", start=1)},
    **{prefix: 1000**power for power, prefix in enumerate("kMGTPE", start=1)},
}


def shrinking(
    workloads: Iterable[Workload], settings: KubernetesSettings, made: Sequence[Mapping[str, Any]]
) -> Iterator[Mistake]:
    """Yield volumes that the settings want smaller than they are.

    Kubernetes refuses it, but only when everything before it is changed already, and then at every later run too.

    Args:
        made: the stack's resources, as the engine's state has them.
    """
    claims = {
        (item["outputs"]["metadata"]["namespace"], item["outputs"]["metadata"]["name"]): item["outputs"]
        for item in made
        if item["type"] == _CLAIM
    }
    for workload in workloads:
        for volume in workload.volumes:
            claim = claims.get((namespace_of(workload, settings), volume.name))
            wanted = mebibytes(volume.size) * 1024**2
            # A claim that has not got what it asked for yet may ask for less again, but for more than it has.
            if claim and wanted < in_bytes(_requested(claim)) and wanted <= in_bytes(_capacity(claim)):
                yield Mistake(
                    volume.setting or f"the size of {volume.name}",
                    f"{shown(volume.size)} for the claim {volume.name}",
                    f"{_requested(claim)} or more, which it has",
                    "A volume cannot shrink.",
                )


def _requested(claim: Mapping[str, Any]) -> str:
    return str(claim["spec"]["resources"]["requests"]["storage"])


def _capacity(claim: Mapping[str, Any]) -> str:
    """How large the volume is; nothing before there is one, and more than was asked for where that was at hand."""
    return str(claim.get("status", {}).get("capacity", {}).get("storage", "0"))


def in_bytes(quantity: str) -> int:
    """A quantity as the API server writes it (`20Gi`, `1500M`, `1073741824`) in bytes."""
    number = quantity.rstrip("iKkMGTPE")
    return int(Decimal(number) * _UNITS.get(quantity[len(number) :], 1))
