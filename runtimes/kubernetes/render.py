"""Captured Kubernetes resources → a tree that `kubectl apply -k` takes: one file for each workload.

Secrets are not in it. `kustomization.yaml` makes each Secret from files under `secrets/<workload>/`, which whoever
applies the tree writes beside it; without them kubectl names the first one that is missing and applies nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from runtimes.capture import CapturedResource
from runtimes.kubernetes.objects import ENGINE_PREFIX, INSTANCE_LABEL, secrets_name

_PREFIX = "kubernetes:"
_KINDS_FIRST = ("PersistentVolumeClaim", "ConfigMap", "Service")
# Plain in YAML 1.1 as Python writes it, numbers for kubectl: 1e-05, 0o17.
_LIKE_A_NUMBER = re.compile(r"[-+]?\.?\d[\dxobA-Fa-f_.]*([eE][-+]?\d+)?")

_Manifest = Mapping[str, Any]


def manifests(captured: Sequence[CapturedResource]) -> dict[str, str]:
    """YAML by relative path: namespace, network policies, workloads, and the kustomization that lists them.

    Args:
        captured: every resource of the program; those of other providers are left to the caller.

    Raises:
        ValueError: when two resources are the same object of the cluster.
    """
    objects = [_without_engine(resource.inputs) for resource in captured if resource.type.startswith(_PREFIX)]
    _refuse_duplicates(objects)
    secrets = [manifest for manifest in objects if manifest["kind"] == "Secret"]
    names = {manifest["metadata"]["name"]: secrets_name(_workload(manifest)) for manifest in secrets}
    files: dict[str, list[_Manifest]] = {}
    for manifest in sorted(objects, key=_order):
        if manifest["kind"] != "Secret":
            files.setdefault(_path(manifest), []).append(_with_secret_names(manifest, names))
    texts = {path: "---\n".join(_yaml(manifest) for manifest in files[path]) for path in sorted(files)}
    return {"kustomization.yaml": _yaml(_kustomization(texts, secrets)), **texts}


def _refuse_duplicates(objects: Iterable[_Manifest]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for manifest in objects:
        metadata = manifest["metadata"]
        identity = (manifest["kind"], metadata.get("namespace", ""), metadata["name"])
        if identity in seen:
            raise ValueError(f"two resources are the same object: {' '.join(identity)}")
        seen.add(identity)


def _without_engine(manifest: _Manifest) -> _Manifest:
    """The object without what only Pulumi's provider reads."""
    metadata = {**manifest["metadata"]}
    kept = {key: text for key, text in metadata.pop("annotations", {}).items() if not key.startswith(ENGINE_PREFIX)}
    return {**manifest, "metadata": {**({"annotations": kept} if kept else {}), **metadata}}


def _order(manifest: _Manifest) -> tuple[int, str, str, str]:
    """What others refer to comes first, then the controller."""
    kind = manifest["kind"]
    rank = _KINDS_FIRST.index(kind) if kind in _KINDS_FIRST else len(_KINDS_FIRST)
    return rank, kind, manifest["metadata"]["name"], manifest["metadata"].get("namespace", "")


def _path(manifest: _Manifest) -> str:
    if manifest["kind"] == "Namespace":
        return "namespaces.yaml"
    if manifest["kind"] == "NetworkPolicy":
        return "network-policies.yaml"
    return f"workloads/{_workload(manifest)}.yaml"


def _workload(manifest: _Manifest) -> str:
    return str(manifest["metadata"]["labels"][INSTANCE_LABEL])


def _with_secret_names(value: Any, names: Mapping[str, str]) -> Any:
    """The end of a Secret's name follows its content, which only an engine knows: here it has none."""
    if isinstance(value, Mapping):
        return {
            key: names[inner] if key == "secretName" else _with_secret_names(inner, names)
            for key, inner in value.items()
        }
    return [_with_secret_names(item, names) for item in value] if isinstance(value, list) else value


def _kustomization(paths: Iterable[str], secrets: Iterable[_Manifest]) -> _Manifest:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(paths),
        # A name that holds a hash of the content would let people who may not see a Secret try out weak ones.
        "generatorOptions": {"disableNameSuffixHash": True},
        "secretGenerator": [
            {
                "name": secrets_name(_workload(secret)),
                "namespace": secret["metadata"]["namespace"],
                "options": {"labels": secret["metadata"]["labels"]},
                "files": [f"{file}=secrets/{_workload(secret)}/{file}" for file in sorted(secret["stringData"])],
            }
            for secret in sorted(secrets, key=_workload)
        ],
    }


class _Dumper(yaml.SafeDumper):
    """Files as blocks of lines, so that a diff shows the line that changed."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else "'" if _LIKE_A_NUMBER.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(document: _Manifest) -> str:
    known = [key for key in ("apiVersion", "kind", "metadata") if key in document]
    document = {**{key: document[key] for key in known}, **document}
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
