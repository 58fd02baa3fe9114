"""What a compile of a Go recipe sees. No Go, no network."""

from __future__ import annotations

from pathlib import Path

import pytest

from images import golang, recipe
from tests.unit.images.written import write


def test_a_compile_sees_its_own_files_what_it_shares_and_what_it_embeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITORING_CACHE", str(tmp_path / "cache"))
    module = tmp_path / "module"
    (module / "cmd/pulumi-resource-kubernetes").mkdir(parents=True)
    for name in ("schema.json", "terraform-mapping.json"):
        write(module / "cmd/pulumi-resource-kubernetes" / name, "{}")
    seen: list[set[str]] = []

    def pretend(command: list[str], *, cwd: Path, **_: object) -> None:
        base = cwd.parent
        seen.append({str(path.relative_to(base)) for path in base.rglob("*") if path.is_file()})
        if "-o" in command:
            write(Path(command[command.index("-o") + 1]), "a program")

    monkeypatch.setattr(golang, "toolchain", lambda *_: golang.Toolchain("go", {}))
    monkeypatch.setattr(golang, "run_long", pretend)
    monkeypatch.setattr(golang, "run_short", lambda *_, **__: f"{module}\n")

    agent = recipe.load_recipe("collector-agent")
    done = golang.programs(agent, system="linux", architecture="amd64", report=print)
    assert (done / "otelcol-contrib").read_text(encoding="utf-8") == "a program"
    assert {"collector-agent/go.sum", "collector-agent/components.go", "shared/go.mod"} <= seen.pop()

    jaeger = recipe.load_recipe("jaeger")
    golang.programs(jaeger, system="linux", architecture="amd64", report=print)
    assert {"jaeger/go.mod", "jaeger/elasticsearch/esapi/indices.go"} <= seen.pop()

    provider = recipe.load_recipe("pulumi-kubernetes")
    golang.programs(provider, system="linux", architecture="amd64", report=print)
    folder = "pulumi-kubernetes/"
    assert {f"{folder}{name}" for name in ("main.go", "schema.json", "terraform-mapping.json")} <= seen.pop()

    database = recipe.load_recipe("ferretdb")
    (module / "build/version").mkdir(parents=True)
    write(module / "build/version/mongodb.txt", "7.0.42")
    golang.programs(database, system="linux", architecture="amd64", report=print)
    assert {f"ferretdb/module/build/version/{name}.txt" for name in ("mongodb", "version")} <= seen.pop()
