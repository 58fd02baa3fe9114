"""The program's whole effect as text: sorted, secret-free, the same on every run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import yaml

from components.stack import needed_secrets
from program.prepare import deploy
from runtimes import runtimes
from runtimes.capture import CapturedResource, capture
from settings.secrets import SECRETS_DIRECTORY, SecretRef
from settings.service import Service
from workloads.program import Program
from workloads.workload import Workload

_README = "README.md"
# Already in the tree in a form of their own.
_RENDERED_ELSEWHERE = ("docker:", "kubernetes:", "pulumi-python:dynamic/", "pulumi:providers:")


def render_tree(program: Program) -> dict[str, str]:
    """Every file of `rendered/<stack>/` by relative path.

    What the runtime makes of it (a Compose project, manifests), the secrets that must exist, by name, and the
    resources of other providers.
    """
    captured = captured_program(program)
    files = dict(runtimes()[program.settings.runtime].render(program, captured))
    files["secrets.md"] = _secrets_page(program.workloads)
    files["resources.yaml"] = _others(captured)
    files[_README] = _readme(program)
    return dict(sorted(files.items()))


def captured_program(program: Program) -> list[CapturedResource]:
    """Every resource of the program, as it would stand in a rendered tree."""

    def run() -> None:
        deploy(program, pulumi.Config(), rendered=True)

    return capture(run, stack=program.plan.stack, config={})


def _others(captured: Sequence[CapturedResource]) -> str:
    """Resources of providers that the rest of the tree does not show, such as Grafana's content."""
    shown: dict[str, dict[str, Any]] = {}
    for resource in captured:
        if resource.custom and not resource.type.startswith(_RENDERED_ELSEWHERE):
            shown.setdefault(resource.type, {})[resource.name] = dict(resource.inputs)
    return yaml.dump(shown, Dumper=yaml.CSafeDumper, sort_keys=True, width=10_000, allow_unicode=True)


def _secrets_page(workloads: Sequence[Workload]) -> str:
    """Which secret files exist and which secrets they hold: names only, values are nowhere in the tree."""
    lines = [
        "# Secret files",
        "",
        f"Mounted under `{SECRETS_DIRECTORY}`. Values are in the Pulumi state, or in the stack's folder on the Docker"
        " host; here each stands as a name in angle brackets.",
        "",
        "| workload | file | text |",
        "| --- | --- | --- |",
    ]
    for workload in sorted(workloads, key=lambda workload: workload.name):
        for name, file in sorted(workload.secrets.items()):
            text = "".join(part if isinstance(part, str) else f"<{_told(part)}>" for part in file.parts)
            lines.append(f"| {workload.name} | `{name}` | `{_one_line(text)}` |")
    lines += ["", f"Secrets in all: {', '.join(sorted(needed_secrets(workloads)))}."]
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return text.replace("\n", "\\n")


def _told(reference: SecretRef) -> str:
    return reference.name if reference.form == "plain" else f"{reference.form} of {reference.name}"


def _found_at(service: Service) -> str:
    """Where a service's series come from, in a word or two."""
    found = getattr(service, "target", None) or getattr(service, "metrics_from", None)
    return str(found or ("discovered" if getattr(service, "discover", None) else "sends by itself"))


def _readme(program: Program) -> str:
    stack, settings = program.plan.stack, program.settings
    services = [f"| {service.name} | {service.kind} | {_found_at(service)} |" for service in settings.services]
    missing = [f"- {name} is left out: {why}" for name, why in program.missing.items()]
    return "\n".join(
        [
            f"# {stack}, rendered",
            "",
            f"What `pulumi up -s {stack}` would create, written by `make render` from `Pulumi.{stack}.yaml`."
            " Do not edit: change the stack file or the program, and render again.",
            "",
            runtimes()[settings.runtime].tree,
            "",
            "| service | kind | target |",
            "| --- | --- | --- |",
            *services,
            *(["", *missing] if missing else []),
            "",
        ]
    )
