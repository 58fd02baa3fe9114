"""Building the catalogue's images, and programs for the host, from package registries."""

from __future__ import annotations

import functools
import hashlib
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from images import debian, docker, golang, wheels
from images.archive import Entry, File, Folder, Link, Settings, Tree, write_image
from images.cache import folder, locked
from images.catalog import Image
from images.errors import ImagesError
from images.machine import architecture, system
from images.process import ReportLine, duration
from images.recipe import ROOT, ImageRecipe, Recipe, load_recipe
from images.registry import chosen, registry_answers

say: ReportLine = functools.partial(print, flush=True)
"""Reports to standard output, at once even when that is a pipe."""

_whisper: ReportLine = functools.partial(print, file=sys.stderr, flush=True)

_PYTHON = "3.11"
_SITE = f"usr/local/lib/python{_PYTHON}/dist-packages"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one image."""

    component: str
    state: Literal["built", "present", "failed"]
    detail: str
    seconds: float


class BuildError(ImagesError):
    """Some images could not be built; `outcomes` tells of all of them, the good ones too."""

    def __init__(self, outcomes: tuple[Outcome, ...]) -> None:
        self.outcomes = outcomes
        failed = [outcome for outcome in outcomes if outcome.state == "failed"]
        super().__init__("\n".join(outcome.detail for outcome in failed))


@dataclass(frozen=True, slots=True)
class _Tool:
    recipe: str
    program: str


TOOLS = {
    "actionlint": _Tool("actionlint", "actionlint"),
    "alertmanager": _Tool("alertmanager", "alertmanager"),
    "amtool": _Tool("alertmanager", "amtool"),
    "blackbox_exporter": _Tool("blackbox-exporter", "blackbox_exporter"),
    "busybox": _Tool("busybox", "busybox"),
    "compose": _Tool("compose", "docker-compose"),
    "etcd": _Tool("etcd", "etcd"),
    "ferretdb": _Tool("ferretdb", "ferretdb"),
    "jaeger": _Tool("jaeger", "jaeger"),
    "kube-apiserver": _Tool("kubernetes", "kube-apiserver"),
    "kube-controller-manager": _Tool("kubernetes", "kube-controller-manager"),
    "kube-scheduler": _Tool("kubernetes", "kube-scheduler"),
    "kubectl": _Tool("kubernetes", "kubectl"),
    "kwok": _Tool("kwok", "kwok"),
    "nginx": _Tool("viewer", "nginx"),
    "otelcol-agent": _Tool("collector-agent", "otelcol-contrib"),
    "otelcol-gateway": _Tool("collector-gateway", "otelcol-contrib"),
    "prometheus": _Tool("prometheus", "prometheus"),
    "promtool": _Tool("prometheus", "promtool"),
    "pulumi": _Tool("pulumi", "pulumi"),
    "pulumi-resource-kubernetes": _Tool("pulumi-kubernetes", "pulumi-resource-kubernetes"),
    "pulumi-resource-pulumi-python": _Tool("pulumi", "pulumi-resource-pulumi-python"),
    "statsd_exporter": _Tool("statsd-exporter", "statsd_exporter"),
    "victoria-logs": _Tool("victorialogs", "victoria-logs"),
}
"""Programs of the recipes that are useful on the host: name → where it comes from."""


def build_images(names: Iterable[str] | None = None, report: ReportLine = say) -> tuple[Outcome, ...]:
    """Build what the daemon does not have yet, or has from an older recipe; all buildable images by default.

    Every image is tried. When one or more failed, `BuildError` is raised at the end. `report` is told of what is
    done; the outcomes tell of what is there already too.
    """
    images = chosen(names)
    if names is None:
        images = [image for image in images if image.built]
    docker.require_daemon()
    outcomes = tuple(_build_or_say_why_not(image, report) for image in images)
    if any(outcome.state == "failed" for outcome in outcomes):
        raise BuildError(outcomes)
    return outcomes


def tool_path(name: str, report: ReportLine = _whisper) -> Path:
    """The path of a host program, built now when it is not in the cache. Progress goes to standard error."""
    tool = _tool(name)
    recipe = load_recipe(tool.recipe)
    if recipe.kind == "go":
        return golang.programs(recipe, system=system(), architecture=architecture(), report=report) / tool.program
    return debian.program(
        recipe.packages, recipe.programs[tool.program], name=tool.program, what=recipe.name, report=report
    )


def tool_cached(name: str) -> Path | None:
    """The path of a host program that was compiled before from the recipe as it is now, else None; builds nothing.

    Raises:
        ImagesError: there is no such tool, or it comes from a Debian package and so takes no compiling.
    """
    tool = _tool(name)
    recipe = load_recipe(tool.recipe)
    if recipe.kind != "go":
        raise ImagesError(f"{name} comes from a Debian package: it is not compiled, and so not asked for in the cache.")
    path = golang.program_folder(recipe, system=system(), architecture=architecture()) / tool.program
    return path if path.is_file() else None


def _tool(name: str) -> _Tool:
    if name not in TOOLS:
        raise ImagesError(f"There is no tool {name!r}; there are {', '.join(TOOLS)}.")
    return TOOLS[name]


def recipe_hash(image: Image) -> str:
    """What the label of an up-to-date image says."""
    return load_recipe(image.component).digest(image.built, architecture())


def _build_or_say_why_not(image: Image, report: ReportLine) -> Outcome:
    started = time.monotonic()
    name = image.component
    try:
        reference = image.reference("built")
        digest = recipe_hash(image)
        if docker.recipe_of(reference) == digest:
            return Outcome(name, "present", reference, time.monotonic() - started)
        report(f"{name}: building {reference}")
        size = _build(image, load_recipe(name), digest, report)
    except (ImagesError, OSError) as error:
        # An OSError is a full disk or a folder without rights; its text names the path.
        text = str(error) if str(error).startswith(name) else f"{name}: {error}"
        report(text)
        return Outcome(name, "failed", text, time.monotonic() - started)
    seconds = time.monotonic() - started
    report(f"{name}: {reference} built in {duration(seconds)}{f', {size / 1e6:.0f} MB' if size else ''}")
    return Outcome(name, "built", reference, seconds)


def _build(image: Image, recipe: Recipe, digest: str, report: ReportLine) -> int:
    """Build one image; returns its size, 0 when Docker built it."""
    labels = {docker.RECIPE_LABEL: digest, "monitoring.component": image.component}
    if recipe.dockerfile and registry_answers():
        context = (ROOT / (recipe.requirements or recipe.dockerfile)).parent
        docker.build(context, ROOT / recipe.dockerfile, image.built, labels, what=recipe.name, report=report)
        return 0
    if recipe.image is None:
        raise ImagesError(f"recipes/{recipe.name} makes a tool, not an image.")
    tree = Tree()
    _base(tree, recipe.image, report)
    _owned(tree, recipe, recipe.image)
    labels["org.opencontainers.image.version"] = recipe.version
    if recipe.kind == "go":
        _go(tree, recipe, recipe.image, report)
    else:
        labels["monitoring.packages"] = _debian(tree, recipe, recipe.image, report)
    settings = _settings(recipe.image, labels)
    with locked(f"image-{recipe.name}", report):
        archive = folder("images") / f"{recipe.name}.tar"
        try:
            size = write_image(archive, image.built, architecture(), tree, settings)
            docker.load(archive, image.built, what=recipe.name, report=report)
        finally:
            archive.unlink(missing_ok=True)
    return size


def _settings(image: ImageRecipe, labels: dict[str, str]) -> Settings:
    search = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return Settings(
        entrypoint=image.entrypoint,
        command=image.command,
        user=image.user,
        workdir=image.workdir,
        environment={"PATH": search, **image.environment},
        ports=image.ports,
        volumes=image.volumes,
        stop_signal=image.stop_signal,
        labels=labels,
    )


def _base(tree: Tree, image: ImageRecipe, report: ReportLine) -> None:
    """What every program expects of a system: names of users, how names are looked up, a place for scratch."""
    accounts = {"root": 0, "nobody": 65534, **image.accounts}
    users = (f"{name}:x:{number}:{number}:{name}:/:/bin/sh\n" for name, number in accounts.items())
    groups = (f"{name}:x:{number}:\n" for name, number in accounts.items())
    tree.add("/etc/passwd", File("".join(users).encode()))
    tree.add("/etc/group", File("".join(groups).encode()))
    tree.add("/etc/nsswitch.conf", File(b"passwd: files\ngroup: files\nhosts: files dns\n"))
    tree.add("/tmp", Folder(0o1777))
    if image.certificates:
        bundle = wheels.pinned("certifi", report=report) / "certifi" / "cacert.pem"
        tree.add("/etc/ssl/certs/ca-certificates.crt", File(bundle))
    if image.zones:
        zones = wheels.pinned("tzdata", report=report) / "tzdata" / "zoneinfo"
        for path in sorted(zones.rglob("*")):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                tree.add(f"/usr/share/zoneinfo/{path.relative_to(zones)}", File(path))


def _owned(tree: Tree, recipe: Recipe, image: ImageRecipe) -> None:
    """The recipe's own files, links and folders."""
    for path, place in image.folders.items():
        tree.add(path, Folder(place.mode, place.uid, place.gid))
    for path, target in image.links.items():
        tree.add(path, Link(target))
    for path, source in image.files.items():
        content = recipe.folder / source
        tree.add(path, File(content, 0o755 if content.stat().st_mode & 0o100 else 0o644))


def _go(tree: Tree, recipe: Recipe, image: ImageRecipe, report: ReportLine) -> None:
    built = golang.programs(recipe, system="linux", architecture=architecture(), report=report)
    for path, name in image.programs.items():
        tree.add(path, File(built / name, 0o755))


def _debian(tree: Tree, recipe: Recipe, image: ImageRecipe, report: ReportLine) -> str:
    files = debian.download(recipe.packages, what=recipe.name, report=report)
    report(f"{recipe.name}: unpacking {len(files)} Debian packages")
    available = debian.contents(files, what=recipe.name)
    others = _python(recipe, report) if recipe.kind == "python" else {}
    chosen_files = debian.select(available, keep=recipe.keep, drop=recipe.drop, others=others, what=recipe.name)
    # A program goes by upstream's path, whatever Debian calls it.
    moved = {recipe.programs[name]: path for path, name in image.programs.items()}
    for path, entry in (*chosen_files.items(), *others.items()):
        tree.add(moved.get(path, path), entry)
    return debian.versions(files)


def _python(recipe: Recipe, report: ReportLine) -> dict[str, Entry]:
    """The wheels and the code of a Python program, by their paths in the image."""
    requirements = ROOT / recipe.requirements
    pins = hashlib.sha256(requirements.read_bytes()).hexdigest()
    site = folder("tools") / f"{recipe.name}-wheels-{pins[:16]}"
    if not site.is_dir():
        fresh = site.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        wheels.unpack(requirements, fresh, what=recipe.name, report=report, python=_PYTHON)
        fresh.rename(site)
    found: dict[str, Entry] = {
        f"{_SITE}/{path.relative_to(site)}": File(path)
        for path in sorted(site.rglob("*"))
        if path.is_file() and path.suffix != ".pyc" and path.relative_to(site).parts[0] != "bin"
    }
    source = ROOT / recipe.source
    for path in sorted(source.rglob("*.py")):
        found[f"app/{recipe.module}/{path.relative_to(source)}"] = File(path)
    return found
