"""Recipes: how each image and tool is built, and the hash that says whether one is up to date."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from images.errors import ImagesError

ROOT = Path(__file__).resolve().parent.parent
RECIPES = Path(__file__).with_name("recipes")
PINS = Path(__file__).with_name("pins")

FORMAT = "1"
"""Part of every hash. Raise it when the code of this package puts something else into images than before."""

Kind = Literal["go", "debian", "python"]

_OWNED = re.compile(r"(\d+):(\d+)(?::([0-7]{3,4}))?")
_IGNORED = ("__pycache__", ".pyc")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of the image with its owner and mode."""

    uid: int
    gid: int
    mode: int


@dataclass(frozen=True, slots=True)
class ImageRecipe:
    """What surrounds the program in its image. See `recipes/README.md` for every key."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...] = ()
    user: str = ""
    workdir: str = "/"
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""
    certificates: bool = False
    zones: bool = False
    accounts: Mapping[str, int] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    programs: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Files put into a copy of a Go module, for a module that is published without what it embeds."""

    module: str
    into: str
    source: str


@dataclass(frozen=True, slots=True)
class Embed:
    """Files of a Go module that are copied beside the recipe's own Go files, which embed them by their names."""

    module: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """One folder below `recipes/`."""

    name: str
    folder: Path
    kind: Kind
    version: str
    programs: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    ldflags: tuple[str, ...] = ()
    page: Page | None = None
    embed: Embed | None = None
    packages: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    requirements: str = ""
    source: str = ""
    dockerfile: str = ""
    inputs: tuple[str, ...] = ()
    image: ImageRecipe | None = None

    @property
    def pins(self) -> tuple[str, ...]:
        """The wheels pinned by this package that go into the image."""
        if self.image is None:
            return ()
        wanted = {"certifi": self.image.certificates, "tzdata": self.image.zones}
        return tuple(name for name, is_wanted in wanted.items() if is_wanted)

    def digest(self, *context: str) -> str:
        """The hash of everything in the tree that this recipe is made of, and of `context`."""
        total = hashlib.sha256()
        for word in (FORMAT, self.name, *context):
            _feed(total, word.encode())
        for name in self.pins:
            _feed(total, (PINS / f"{name}.txt").read_bytes())
        for path in self.input_files():
            # The name and mode count too: a renamed or newly executable file is another image.
            _feed(total, str(path.relative_to(self.folder if path.is_relative_to(self.folder) else ROOT)).encode())
            _feed(total, b"x" if path.stat().st_mode & 0o100 else b"-")
            _feed(total, path.read_bytes())
        return total.hexdigest()

    def input_files(self) -> tuple[Path, ...]:
        """The recipe's own files and those named by `inputs`, in order."""
        found = {path for path in self.folder.rglob("*") if path.is_file()}
        for pattern in self.inputs:
            matches = {path for path in ROOT.glob(pattern) if path.is_file()}
            if not matches:
                raise ImagesError(f"recipes/{self.name}: no file matches the input {pattern!r}.")
            found |= matches
        return tuple(sorted(path for path in found if not str(path).endswith(_IGNORED)))


def _feed(total: Any, part: bytes) -> None:
    """Add a part with its length, so that two parts cannot be confused with one."""
    total.update(len(part).to_bytes(8, "big") + part)


def recipe_names(recipes: Path = RECIPES) -> tuple[str, ...]:
    """Every recipe there is."""
    return tuple(sorted(path.parent.name for path in recipes.glob("*/recipe.toml")))


def load_recipe(name: str, recipes: Path = RECIPES) -> Recipe:
    """Read `recipes/<name>/recipe.toml`; an unknown or missing key is refused by name."""
    path = recipes / name / "recipe.toml"
    if not path.is_file():
        raise ImagesError(f"There is no recipe {name!r}; there are {', '.join(recipe_names(recipes))}.")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ImagesError(f"recipes/{name}/recipe.toml is not valid TOML: {error}.") from error
    reader = _Reader(f"recipes/{name}/recipe.toml", document)
    kind = reader.text("kind", required=True)
    if kind not in ("go", "debian", "python"):
        raise ImagesError(f"recipes/{name}/recipe.toml: kind must be go, debian or python, is {kind!r}.")
    reader.text("note")  # for people only
    page = reader.table("page")
    embed = reader.table("embed")
    image = reader.table("image")
    recipe = Recipe(
        name=name,
        folder=path.parent,
        kind=kind,  # type: ignore[arg-type]  # checked two lines above
        version=reader.text("version", required=True),
        programs=reader.mapping("programs"),
        tags=reader.words("tags"),
        ldflags=reader.words("ldflags"),
        page=_page(page) if page else None,
        embed=_embed(embed) if embed else None,
        packages=reader.words("packages"),
        keep=reader.words("keep"),
        drop=reader.words("drop"),
        requirements=reader.text("requirements"),
        source=reader.text("source"),
        dockerfile=reader.text("dockerfile"),
        inputs=reader.words("inputs"),
        image=_image(image) if image else None,
    )
    reader.finish()
    if kind == "go" and not recipe.programs:
        raise ImagesError(f"recipes/{name}/recipe.toml: a go recipe needs programs.")
    if kind != "go" and not recipe.packages:
        raise ImagesError(f"recipes/{name}/recipe.toml: a {kind} recipe needs packages.")
    return recipe


def _page(reader: _Reader) -> Page:
    page = Page(
        module=reader.text("module", required=True),
        into=reader.text("into", required=True),
        source=reader.text("source", required=True),
    )
    reader.finish()
    return page


def _embed(reader: _Reader) -> Embed:
    embed = Embed(module=reader.text("module", required=True), files=reader.words("files", required=True))
    reader.finish()
    return embed


def _image(reader: _Reader) -> ImageRecipe:
    image = ImageRecipe(
        entrypoint=reader.words("entrypoint", required=True),
        command=reader.words("command"),
        user=reader.text("user"),
        workdir=reader.text("workdir") or "/",
        ports=reader.words("ports"),
        volumes=reader.words("volumes"),
        stop_signal=reader.text("stop_signal"),
        certificates=reader.flag("certificates"),
        zones=reader.flag("zones"),
        accounts=reader.numbers("accounts"),
        environment=reader.mapping("environment"),
        programs=reader.mapping("programs"),
        files=reader.mapping("files"),
        links=reader.mapping("links"),
        folders=reader.places("folders"),
    )
    reader.finish()
    return image


class _Reader:
    """Takes typed values out of a TOML table and names every key it was not asked for."""

    def __init__(self, where: str, table: Mapping[str, Any]) -> None:
        self._where = where
        self._table = dict(table)

    def text(self, key: str, *, required: bool = False) -> str:
        value = self._take(key, required)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong(key, "a string", value)
        return value

    def flag(self, key: str) -> bool:
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return bool(value)

    def words(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        value = self._take(key, required)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self._wrong(key, "a list of strings", value)
        return tuple(value)

    def mapping(self, key: str) -> Mapping[str, str]:
        value = self._take(key) or {}
        if not isinstance(value, dict) or not all(isinstance(word, str) for word in value.values()):
            raise self._wrong(key, "a table of strings", value)
        return MappingProxyType(value)

    def numbers(self, key: str) -> Mapping[str, int]:
        value = self._take(key) or {}
        if not isinstance(value, dict) or not all(type(number) is int for number in value.values()):
            raise self._wrong(key, "a table of whole numbers", value)
        return MappingProxyType(value)

    def places(self, key: str) -> Mapping[str, Place]:
        found: dict[str, Place] = {}
        for path, owner in self.mapping(key).items():
            match = _OWNED.fullmatch(owner)
            if not match:
                raise self._wrong(f"{key}.{path}", "uid:gid or uid:gid:mode", owner)
            found[path] = Place(int(match[1]), int(match[2]), int(match[3] or "755", 8))
        return MappingProxyType(found)

    def table(self, key: str) -> _Reader | None:
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._wrong(key, "a table", value)
        return _Reader(f"{self._where}: {key}", value)

    def finish(self) -> None:
        if self._table:
            raise ImagesError(f"{self._where}: unknown key {', '.join(sorted(self._table))}.")

    def _take(self, key: str, required: bool = False) -> Any:
        if required and key not in self._table:
            raise ImagesError(f"{self._where}: {key} is missing.")
        return self._table.pop(key, None)

    def _wrong(self, key: str, wanted: str, value: object) -> ImagesError:
        return ImagesError(f"{self._where}: {key} must be {wanted}, is {value!r}.")
