"""Recipes: each is whole and pinned, and its hash follows every input."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

from images import build, recipe
from images.catalog import load_catalog
from images.errors import ImagesError
from tests.unit.images.written import write


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
            path = made.folder / source
            assert path.stat().st_mode & 0o100 or path.suffix not in (".sh", ".py"), f"{name}: {source} must run"
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


def test_the_compressed_pages_are_the_page() -> None:
    page = recipe.RECIPES / "alertmanager" / "page" / "index.html"
    assert gzip.decompress(page.with_name("index.html.gz").read_bytes()) == page.read_bytes()
    assert brotli.decompress(page.with_name("index.html.br").read_bytes()) == page.read_bytes()
