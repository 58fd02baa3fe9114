"""The image catalogue, the recipes and the archive writer. No Docker, no network."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import shutil
import struct
import sys
import tarfile
import textwrap
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

from images import __main__ as command
from images import build, debian, docker, golang, recipe, registry
from images import process as running
from images.archive import Entry, File, Folder, Link, Settings, Tree, write_image
from images.catalog import load_catalog
from images.cost import Cost, recorded, table
from images.elf import Needs, needs
from images.errors import ImagesError
from images.machine import architecture, system

COMPONENTS = {
    "alertmanager",
    "blackbox-exporter",
    "busybox",
    "cadvisor",
    "celery-exporter",
    "collector-agent",
    "collector-gateway",
    "demo",
    "grafana",
    "jaeger",
    "kafka-exporter",
    "loki",
    "mongodb-exporter",
    "mysqld-exporter",
    "nginx-exporter",
    "node-exporter",
    "postgres",
    "postgres-exporter",
    "prometheus",
    "redis",
    "redis-exporter",
    "statsd-exporter",
    "tempo",
    "victorialogs",
}
GOOD = """
[thing]
registry = "someone/thing"
tag = "v1"
digest = ""
built = "monitoring/thing:1"
"""


def write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


# The catalogue


def test_the_catalogue_has_every_component_in_order() -> None:
    catalog = load_catalog()
    assert set(catalog) == COMPONENTS
    assert list(catalog) == sorted(catalog)


def test_every_image_is_built_or_says_why_not() -> None:
    for image in load_catalog().values():
        assert bool(image.built) != bool(image.unavailable), image.component
        if image.unavailable:
            assert image.unavailable.endswith("."), image.component
            assert "without it" in image.unavailable, image.component


def test_built_names_are_our_own_and_unique() -> None:
    built = [image.built for image in load_catalog().values() if image.built]
    assert len(set(built)) == len(built)
    assert all(re.fullmatch(r"monitoring/[a-z-]+:[0-9][0-9.]*", name) for name in built)


def test_reference_of_both_sources() -> None:
    catalog = load_catalog()
    prometheus = catalog["prometheus"].model_copy(update={"digest": ""})
    assert prometheus.reference("registry") == "prom/prometheus:v3.15.0"
    assert prometheus.reference("built") == "monitoring/prometheus:3.15.0"
    pinned = prometheus.model_copy(update={"digest": "sha256:" + "0" * 64})
    assert pinned.reference("registry") == f"prom/prometheus:v3.15.0@sha256:{'0' * 64}"


def test_an_image_without_upstream_is_built_in_both_worlds() -> None:
    demo = load_catalog()["demo"]
    assert demo.reference("registry") == demo.reference("built") == "monitoring/demo:1"


def test_an_image_that_cannot_be_built_says_why() -> None:
    with pytest.raises(ImagesError, match=r"^grafana cannot be built here: Grafana's server is published to no"):
        load_catalog()["grafana"].reference("built")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("", ""), ""),
        (('tag = "v1"\n', ""), "thing.tag: missing"),
        (
            ('digest = ""', 'digest = "sha256:1"'),
            "thing.digest: must be empty or sha256: and 64 hex digits, is 'sha256:1'",
        ),
        (('tag = "v1"', "tag = 1"), "thing.tag: must be a string, is 1"),
        (('tag = "v1"', 'tag = "latest"'), "thing.tag: 'latest' is not a version, name one"),
        (('tag = "v1"', 'tag = ""'), "thing: registry and tag belong together, one of them is empty"),
        (('built = "monitoring/thing:1"', ""), "thing: needs exactly one of built and unavailable"),
        (
            ('built = "monitoring/thing:1"', 'built = "a:1"\nunavailable = "No."'),
            "thing: needs exactly one of built and unavailable",
        ),
        (
            ('tag = "v1"', 'tag = "v1"\nversion = "1"'),
            "thing.version: unknown key, allowed are registry, tag, digest, built, unavailable",
        ),
        (("[thing]", "[Thing]"), "Thing: must be lower-case letters, digits and single dashes"),
        (
            ("\n[thing]", "\nthing = 1\n[other]"),
            "thing: must be a table, is 1; other: components must be in alphabetical order",
        ),
    ],
)
def test_a_malformed_catalogue_is_refused_by_name(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = write(tmp_path / "catalog.toml", GOOD.replace(*change) if change[0] else GOOD)
    if not message:
        assert list(load_catalog(path)) == ["thing"]
        return
    with pytest.raises(ImagesError) as error:
        load_catalog(path)
    assert str(error.value) == f"catalog.toml: {message}."


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "catalog.toml", GOOD.replace('tag = "v1"', 'tag = "latest"') + GOOD.replace("thing", "a"))
    with pytest.raises(ImagesError) as error:
        load_catalog(path)
    assert str(error.value) == (
        "catalog.toml: thing.tag: 'latest' is not a version, name one; a: components must be in alphabetical order."
    )


def test_a_catalogue_that_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match=r"^catalog\.toml is not valid TOML: Expected"):
        load_catalog(write(tmp_path / "catalog.toml", "[thing"))


# Recipes


def test_every_built_component_has_a_recipe_of_an_image() -> None:
    for image in load_catalog().values():
        if image.built:
            made = recipe.load_recipe(image.component)
            assert made.image is not None, image.component
            tag = image.built.partition(":")[2]
            assert made.version == tag, f"{image.component}: recipe {made.version}, catalogue {tag}"


def test_every_recipe_belongs_to_a_component_or_a_tool() -> None:
    used = {image.component for image in load_catalog().values() if image.built}
    used |= {tool.recipe for tool in build.TOOLS.values()}
    assert set(recipe.recipe_names()) == used


def test_every_tool_is_a_program_of_its_recipe() -> None:
    for name, tool in build.TOOLS.items():
        assert tool.program in recipe.load_recipe(tool.recipe).programs, name


def test_go_recipes_are_pinned() -> None:
    for name in recipe.recipe_names():
        made = recipe.load_recipe(name)
        if made.kind == "go":
            assert (made.folder / "go.sum").stat().st_size > 0, name
            assert "require" in (made.folder / "go.mod").read_text(encoding="utf-8"), name


def test_what_images_take_from_their_recipe_is_there() -> None:
    for name in recipe.recipe_names():
        made = recipe.load_recipe(name)
        if made.image is None:
            continue
        for program in made.image.programs.values():
            assert program in made.programs, f"{name}: {program}"
        for source in made.image.files.values():
            assert (made.folder / source).stat().st_mode & 0o100, f"{name}: {source} must be executable"
        if made.page:
            assert any((made.folder / made.page.source).iterdir()), name


def test_a_python_image_is_the_same_program_from_its_recipe_and_from_its_dockerfile() -> None:
    for name in recipe.recipe_names():
        made = recipe.load_recipe(name)
        if made.kind != "python":
            continue
        assert made.image is not None
        lines = (recipe.ROOT / made.dockerfile).read_text(encoding="utf-8").splitlines()
        told = {
            line.split()[0]: line.split(maxsplit=1)[1] for line in lines if line and not line.startswith((" ", "#"))
        }
        assert tuple(json.loads(told["ENTRYPOINT"])) == made.image.entrypoint, name
        assert tuple(json.loads(told.get("CMD", "[]"))) == made.image.command, name
        assert (told["USER"], told["WORKDIR"]) == (made.image.user, made.image.workdir), name
        assert made.module in " ".join((*made.image.entrypoint, *made.image.command)), name
        inputs = made.input_files()
        assert {recipe.ROOT / made.dockerfile, recipe.ROOT / made.requirements} <= set(inputs), name
        assert set((recipe.ROOT / made.source).rglob("*.py")) <= set(inputs), name


def test_what_python_keeps_beside_its_sources_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "kettle" / "__pycache__").mkdir(parents=True)
    for name in ("recipe.toml", "boil.py", "__pycache__/boil.cpython-313.pyc", "__pycache__/boil.pyc.1797"):
        (tmp_path / "kettle" / name).write_text('kind = "go"\nversion = "1"\nprograms = {boil = "."}\n', "utf-8")
    inputs = recipe.load_recipe("kettle", tmp_path).input_files()
    assert {path.name for path in inputs} == {"recipe.toml", "boil.py"}


def test_every_wheel_is_pinned_by_version_and_hash_and_no_host_is_named() -> None:
    files = [
        recipe.ROOT / made.requirements for made in map(recipe.load_recipe, recipe.recipe_names()) if made.requirements
    ]
    for file in (*files, *recipe.PINS.glob("*.txt")):
        lines = (line for line in file.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#"))
        for wheel in re.split(r"(?<!\\)\n", "\n".join(lines)):
            assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+( \\\n +--hash=sha256:[0-9a-f]{64})+", wheel), file


def test_servers_run_without_root_except_those_that_cannot() -> None:
    roots = {
        name
        for name in recipe.recipe_names()
        if (image := recipe.load_recipe(name).image) and image.user.partition(":")[0] in ("", "0")
    }
    assert roots == {"busybox", "cadvisor"}


def test_the_hash_changes_with_every_input(tmp_path: Path) -> None:
    shutil.copytree(recipe.RECIPES / "postgres", tmp_path / "postgres")

    def digest(*context: str) -> str:
        return recipe.load_recipe("postgres", tmp_path).digest(*context)

    first = digest()
    assert digest() == first
    assert digest("amd64") != first
    assert digest("a", "b") != digest("ab")

    script = tmp_path / "postgres" / "entrypoint.sh"
    script.chmod(0o644)
    plain = digest()
    assert plain != first
    script.chmod(0o755)
    assert digest() == first
    script.write_text(script.read_text(encoding="utf-8") + "#\n", encoding="utf-8")
    assert digest() not in (first, plain)


def test_the_hash_follows_files_outside_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tmp_path / "examples" / "memory_service"
    shutil.copytree(recipe.ROOT / "examples" / "memory_service", code)
    monkeypatch.setattr(recipe, "ROOT", tmp_path)
    demo = recipe.load_recipe("demo")
    first = demo.digest()
    requirements = code / "requirements.txt"
    requirements.write_text(requirements.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    second = demo.digest()
    (code / "memory_service" / "extra.py").write_text("", encoding="utf-8")
    assert len({first, second, demo.digest()}) == 3


def test_the_hash_follows_the_pinned_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(recipe.PINS, tmp_path / "pins")
    monkeypatch.setattr(recipe, "PINS", tmp_path / "pins")
    trusting, plain = recipe.load_recipe("alertmanager"), recipe.load_recipe("node-exporter")
    before = trusting.digest(), plain.digest()
    write(tmp_path / "pins" / "certifi.txt", "certifi==1")
    assert trusting.digest() != before[0]
    assert plain.digest() == before[1]


def test_an_input_that_matches_nothing(tmp_path: Path) -> None:
    made = recipe.load_recipe("busybox").model_copy(update={"inputs": ("no/such/file",)})
    with pytest.raises(ImagesError) as error:
        made.digest()
    assert str(error.value) == "recipes/busybox: no file matches the input 'no/such/file'."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kind = "go"', "version: missing."),
        ('kind = "rust"\nversion = "1"', "kind: must be 'go', 'debian' or 'python', is 'rust'."),
        ('kind = "go"\nversion = "1"', "a go recipe needs programs."),
        ('kind = "debian"\nversion = "1"', "a debian recipe needs packages."),
        (
            'kind = "python"\nversion = "1"\npackages = ["a"]\nsource = "a"',
            "a python recipe needs requirements, module, dockerfile.",
        ),
        ('kind = "go"\nversion = "1"\ntags = "a"', "tags: must be a list of strings, is 'a'."),
        ('kind = "go"\nversion = "1"\ntags = [1]', "tags.0: must be a string, is 1."),
        (
            'kind = "go"\nversion = "1"\nprograms = {a = "."}\nversoin = "1"',
            "versoin: unknown key, allowed are kind, version, note, programs, tags, ldflags, page, embed, packages,"
            " keep, drop, requirements, source, module, dockerfile, inputs, image.",
        ),
        (
            'kind = "go"\nversion = "1"\npage = {module = "m", into = "i", source = "s", form = 1}',
            "page.form: unknown key, allowed are module, into, source.",
        ),
        (
            'kind = "go"\nversion = 1\nimage = {entrypoint = [], certificates = "no", folders = {"/x" = "me"}}',
            "version: must be a string, is 1; image.certificates: must be true or false, is 'no';"
            " image.folders./x: must be uid:gid or uid:gid:mode, is 'me'.",
        ),
        ("kind = ", "recipes/thing/recipe.toml is not valid TOML: Invalid value (at end of document)."),
    ],
)
def test_a_malformed_recipe_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "thing").mkdir()
    write(tmp_path / "thing" / "recipe.toml", text)
    with pytest.raises(ImagesError) as error:
        recipe.load_recipe("thing", tmp_path)
    assert str(error.value).removeprefix("recipes/thing/recipe.toml: ") == message


def test_an_unknown_recipe_names_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "thing").mkdir()
    write(tmp_path / "thing" / "recipe.toml", "")
    with pytest.raises(ImagesError) as error:
        recipe.load_recipe("thin", tmp_path)
    assert str(error.value) == "There is no recipe 'thin'; there are thing."


def test_no_go_module_is_one_that_must_not_be_used() -> None:
    """Loki, Tempo and Grafana are under the AGPL, and the registry's list marks their modules as not to be used."""
    folders = [path for path in recipe.ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    pins = [path for folder in folders for name in ("go.mod", "go.sum") for path in folder.rglob(name)]
    assert pins
    for path in pins:
        found = re.findall(r"github\.com/grafana/(?:loki|tempo|grafana)\b\S*", path.read_text(encoding="utf-8"))
        assert not found, f"{path.relative_to(recipe.ROOT)} names {found[0]}"


def test_what_programs_share_is_compiled_once() -> None:
    """A recipe that requires the shared module takes every module that is in it at that one version."""
    shared = dict(re.findall(r"^\t(\S+) (v\S+)$", _pins("shared", "go.mod"), re.MULTILINE))
    sharing = [name for name in recipe.recipe_names() if "monitoring/images/shared v" in _pins(name, "go.mod")]
    assert len(shared) > 100
    assert {"alertmanager", "collector-agent", "collector-gateway", "prometheus"} <= set(sharing)
    used: dict[str, set[str]] = {}
    for name in sharing:
        assert "images/recipes/shared/go.mod" in recipe.load_recipe(name).inputs, name
        replaced = set(re.findall(r"^replace (\S+) =>", _pins(name, "go.mod"), re.MULTILINE))
        # The hash of a module's content, not of its go.mod: the version that is compiled.
        for module, version in re.findall(r"^(\S+) (v[^/\s]+) h1:", _pins(name, "go.sum"), re.MULTILINE):
            if module in shared and module not in replaced:
                assert version == shared[module], f"{name} has {module} {version}, shared is {shared[module]}"
                used.setdefault(module, set()).add(name)
    assert [module for module in shared if len(used.get(module, ())) < 2] == []


def _pins(name: str, file: str) -> str:
    path = recipe.RECIPES / name / file
    return path.read_text(encoding="utf-8") if path.exists() else ""


# Archives


def test_an_image_archive_has_what_docker_load_wants(tmp_path: Path) -> None:
    tree = Tree()
    tree.add("/data", Folder(0o700, 999, 999))
    tree.add("/bin/program", File(b"#!", 0o755))
    tree.add("/bin/sh", Link("program"))
    target = tmp_path / "image.tar"
    settings = Settings(entrypoint=("/bin/program",), user="999", labels={"a": "b"}, volumes=("/data",))
    write_image(target, "monitoring/thing:1", "amd64", tree, settings)

    with tarfile.open(target) as archive:
        (manifest,) = json.load(_read(archive, "manifest.json"))
        config = json.load(_read(archive, manifest["Config"]))
        layer = _read(archive, manifest["Layers"][0]).read()
    assert manifest["RepoTags"] == ["monitoring/thing:1"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    assert config["config"]["Entrypoint"] == ["/bin/program"]
    assert config["config"]["Labels"] == {"a": "b"}
    with tarfile.open(fileobj=io.BytesIO(layer)) as files:
        members = {member.name: member for member in files}
    assert list(members) == ["bin", "bin/program", "bin/sh", "data"]
    assert (members["data"].uid, members["data"].gid, members["data"].mode) == (999, 999, 0o700)
    assert (members["bin"].uid, members["bin"].mode, members["bin/program"].mode) == (0, 0o755, 0o755)
    assert members["bin/sh"].linkname == "program"


def test_the_same_tree_gives_the_same_archive(tmp_path: Path) -> None:
    contents = []
    for name, order in (("a", 1), ("b", -1)):
        tree = Tree()
        for path in ("/one", "/two/three")[::order]:
            tree.add(path, File(path.encode()))
        write_image(tmp_path / name, "x/y:1", "amd64", tree, Settings(entrypoint=()))
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


def _read(archive: tarfile.TarFile, name: str) -> io.BufferedIOBase:
    stream = archive.extractfile(name)
    assert stream is not None
    return io.BytesIO(stream.read())


def test_the_compressed_pages_are_the_page() -> None:
    page = recipe.RECIPES / "alertmanager" / "page" / "index.html"
    assert gzip.decompress(page.with_name("index.html.gz").read_bytes()) == page.read_bytes()
    assert brotli.decompress(page.with_name("index.html.br").read_bytes()) == page.read_bytes()


# Debian packages


def _elf(*, libraries: tuple[str, ...] = (), interpreter: str = "") -> bytes:
    """A file with just the headers that `needs` reads."""
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in libraries)
    loader = interpreter.encode() + b"\0"
    start = 64 + 3 * 56
    base = 0x1000
    entries = []
    at = 1
    for name in libraries:
        entries.append((1, at))
        at += len(name) + 1
    entries += [(5, base + start), (0, 0)]
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    body = strings + loader + dynamic
    size = start + len(body)

    def segment(kind: int, offset: int, length: int) -> bytes:
        return struct.pack("<IIQQQQQQ", kind, 0, offset, base + offset, 0, length, length, 1)

    segments = segment(1, 0, size) + segment(2, start + len(strings) + len(loader), len(dynamic))
    segments += segment(3 if interpreter else 4, start + len(strings), len(loader))
    header = b"\x7fELF\x02\x01".ljust(32, b"\0") + struct.pack("<Q", 64) + b"\0" * 14 + struct.pack("<HH", 56, 3)
    return header.ljust(64, b"\0") + segments + body


def test_what_a_program_needs() -> None:
    program = _elf(libraries=("libssl.so.3", "libc.so.6"), interpreter="/lib64/ld.so")
    assert needs(program) == Needs("/lib64/ld.so", ("libssl.so.3", "libc.so.6"))
    assert needs(_elf()) == Needs("", ())
    assert needs(b"#!/bin/sh\n") is None


def test_libraries_follow_the_programs_that_need_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "machine", lambda: "x86_64")
    library = "usr/lib/x86_64-linux-gnu"
    available: dict[str, Entry] = {
        "usr/bin/server": File(_elf(libraries=("liba.so.1",), interpreter="/lib64/ld.so"), 0o755),
        "usr/bin/other": File(_elf(libraries=("libz.so.9",)), 0o755),
        f"{library}/liba.so.1": Link("liba.so.1.2"),
        f"{library}/liba.so.1.2": File(_elf(libraries=("libb.so.1",))),
        f"{library}/libb.so.1": File(_elf()),
        f"{library}/libunused.so.1": File(_elf()),
        "lib64/ld.so": File(_elf()),
    }
    found = debian.select(available, keep=["usr/bin/server"], what="thing")
    assert set(found) == set(available) - {"usr/bin/other", f"{library}/libunused.so.1"}
    with pytest.raises(ImagesError) as error:
        debian.select(available, keep=["usr/bin/*"], what="thing")
    assert str(error.value) == (
        "thing: usr/bin/other needs libz.so.9; add the Debian package that has it to its recipe."
    )
    with pytest.raises(ImagesError) as error:
        debian.select(available, keep=["usr/sbin/*"], what="thing")
    assert str(error.value) == "thing: no file of the packages matches 'usr/sbin/*'; correct keep in its recipe."


def test_a_host_without_apt_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ImagesError) as error:
        debian.download(["busybox-static"], what="busybox", report=print)
    assert str(error.value) == ("busybox: this image is made from Debian packages; build it on Debian 12 or Ubuntu.")


def test_package_versions_for_the_label() -> None:
    files = [Path("/x/zlib1g_1%3a1.2.13.dfsg-1_amd64.deb"), Path("/x/libc6_2.36-9+deb12u14_amd64.deb")]
    assert debian.versions(files) == "libc6=2.36-9+deb12u14 zlib1g=1:1.2.13.dfsg-1"


# Building, without Docker


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(docker, "require_daemon", lambda: None)
    return []


def test_what_is_up_to_date_is_left_alone(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    monkeypatch.setattr(docker, "recipe_of", lambda reference: build.recipe_hash(load_catalog()["busybox"]))
    (outcome,) = build.build_images(["busybox"], lines.append)
    assert outcome.state == "present"
    assert lines == [], "nothing was done"


@pytest.mark.usefixtures("lines")
def test_the_command_tells_of_what_is_there_already(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docker, "recipe_of", lambda reference: build.recipe_hash(load_catalog()["busybox"]))
    assert command.main(["build", "busybox"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "busybox: monitoring/busybox:1.35.0 is up to date",
        "0 built, 1 already there.",
    ]


def test_one_failure_does_not_lose_the_others(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    def pretend(image: object, made: recipe.Recipe, digest: str, report: object) -> int:
        if made.name == "jaeger":
            raise ImagesError("jaeger: compiling jaeger failed: no space left on device.")
        return 2_000_000

    monkeypatch.setattr(docker, "recipe_of", lambda reference: None)
    monkeypatch.setattr(build, "_build", pretend)
    with pytest.raises(build.BuildError) as error:
        build.build_images(["busybox", "jaeger", "grafana", "redis"], lines.append)
    assert [outcome.state for outcome in error.value.outcomes] == ["built", "failed", "failed", "built"]
    assert str(error.value).splitlines()[0] == "jaeger: compiling jaeger failed: no space left on device."
    assert str(error.value).splitlines()[1].startswith("grafana cannot be built here: Grafana")
    assert "busybox: monitoring/busybox:1.35.0 built in 0 s, 2 MB" in lines


def test_an_unknown_component_names_the_known_ones() -> None:
    with pytest.raises(ImagesError, match=r"^Unknown component nope; there are alertmanager, .*, victorialogs\.$"):
        registry.chosen(["busybox", "nope"])


def test_an_unknown_tool_names_the_known_ones() -> None:
    with pytest.raises(ImagesError) as error:
        build.tool_path("nope")
    assert str(error.value) == f"There is no tool 'nope'; there are {', '.join(sorted(build.TOOLS))}."


def test_a_tool_is_in_the_cache_once_it_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITORING_CACHE", str(tmp_path))
    assert build.tool_cached("kubectl") is None
    made = recipe.load_recipe("kubernetes")
    folder = golang.program_folder(made, system=system(), architecture=architecture())
    folder.mkdir(parents=True)
    assert build.tool_cached("kubectl") is None
    (folder / "kubectl").touch()
    assert build.tool_cached("kubectl") == build.tool_path("kubectl") == folder / "kubectl"
    with pytest.raises(ImagesError, match=r"^blackbox_exporter comes from a Debian package"):
        build.tool_cached("blackbox_exporter")


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


# Small things


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0 s"), (59.4, "59 s"), (60, "1 min 00 s"), (125, "2 min 05 s")])
def test_durations(seconds: float, text: str) -> None:
    assert running.duration(seconds) == text


def test_a_long_program_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(running, "HEARTBEAT", 0.05)
    said: list[str] = []
    log = tmp_path / "log"
    running.run_long(["sleep", "0.3"], what="thing", doing="sleeping", report=said.append, log=log)
    assert said[0] == "thing: still sleeping, 0 s"


def test_a_failed_program_is_told_by_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = ["sh", "-c", "echo working; echo it broke >&2; exit 3"]
    with pytest.raises(ImagesError) as error:
        running.run_long(command, what="thing", doing="trying", report=print, log=log)
    assert str(error.value) == f"thing: trying failed: it broke. The whole output is in {log}."
    with pytest.raises(ImagesError) as error:
        running.run_long(["no-such-program"], what="thing", doing="trying", report=print, log=log)
    assert str(error.value) == "thing: no-such-program cannot be run (No such file or directory); install it."


def test_a_long_program_leaves_what_it_cost_beside_its_log(tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    running.run_long([sys.executable, "-c", busy], what="thing", doing="counting", report=print, log=tmp_path / "a.log")
    (cost,) = recorded(tmp_path)
    assert (cost.component, cost.step) == ("thing", "counting")
    assert 0.2 <= cost.cpu <= cost.wall + 1


def test_a_failed_program_costs_nothing(tmp_path: Path) -> None:
    with pytest.raises(ImagesError):
        running.run_long(["false"], what="thing", doing="trying", report=print, log=tmp_path / "a.log")
    assert recorded(tmp_path) == ()


def test_the_table_of_costs_adds_up_the_steps() -> None:
    costs = [
        Cost("redis", "fetching 3 Debian packages", 1, 9),
        Cost("prometheus", "compiling prometheus", 100.4, 60),
        Cost("prometheus", "compiling promtool", 20, 11),
    ]
    assert table(costs).splitlines() == [
        "component     CPU s   wall s",
        "prometheus      120       71",
        "redis             1        9",
        "sum             121       80",
    ]
    assert table(costs, ["redis"]).splitlines()[-1].split() == ["sum", "1", "9"]
    with pytest.raises(ImagesError, match=r"^No build of nginx is recorded in .*; build it first\.$"):
        table(costs, ["redis", "nginx"])
    with pytest.raises(ImagesError, match=r"^No build of anything is recorded in"):
        table([])


def test_a_record_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "thing.cost.json", "{}")
    with pytest.raises(ImagesError) as error:
        recorded(tmp_path)
    assert str(error.value).startswith(f"{path} is not a record of a build (")
