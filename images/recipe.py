"""Recipes: how each image and tool is built, and the hash that says whether one is up to date."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError, model_validator

from images.errors import ImagesError
from images.model import Table, Words, mistake, mistakes, read_toml

ROOT = Path(__file__).resolve().parent.parent
RECIPES = Path(__file__).with_name("recipes")
PINS = Path(__file__).with_name("pins")

FORMAT = "1"
"""Part of every hash. Raise it when the code of this package puts something else into images than before."""

_NEEDED = {
    "go": ("programs",),
    "debian": ("packages",),
    "python": ("packages", "requirements", "source", "module", "dockerfile"),
}
_OWNED = re.compile(r"(\d+):(\d+)(?::([0-7]{3,4}))?")


@dataclass(frozen=True, slots=True)
class OwnedFolder:
    """A folder of the image with its owner and mode."""

    uid: int
    gid: int
    mode: int


def _place(value: object) -> OwnedFolder:
    owned = _OWNED.fullmatch(value) if isinstance(value, str) else None
    if not owned:
        raise mistake(f"must be uid:gid or uid:gid:mode, is {value!r}")
    return OwnedFolder(int(owned[1]), int(owned[2]), int(owned[3] or "755", 8))


class ImageRecipe(Table):
    """What surrounds the program in its image. See `recipes/README.md` for every key."""

    entrypoint: Words
    command: Words = ()
    user: str = ""
    workdir: str = "/"
    ports: Words = ()
    volumes: Words = ()
    stop_signal: str = ""
    certificates: bool = False
    zones: bool = False
    accounts: Mapping[str, int] = Field(default_factory=dict)
    environment: Mapping[str, str] = Field(default_factory=dict)
    programs: Mapping[str, str] = Field(default_factory=dict)
    files: Mapping[str, str] = Field(default_factory=dict)
    links: Mapping[str, str] = Field(default_factory=dict)
    folders: Mapping[str, Annotated[OwnedFolder, BeforeValidator(_place)]] = Field(default_factory=dict)


class Page(Table):
    """Files put into a copy of a Go module, for a module that is published without what it embeds."""

    module: str
    into: str
    source: str


class Embed(Table):
    """Files of a Go module that are copied beside the recipe's own Go files, which embed them by their names."""

    module: str
    files: Words


class Recipe(Table):
    """One folder below `recipes/`: its `recipe.toml`, and where it is."""

    kind: Literal["go", "debian", "python"]
    version: str
    note: str = ""
    programs: Mapping[str, str] = Field(default_factory=dict)
    tags: Words = ()
    ldflags: Words = ()
    page: Page | None = None
    embed: Embed | None = None
    packages: Words = ()
    keep: Words = ()
    drop: Words = ()
    requirements: str = ""
    source: str = ""
    module: str = ""
    dockerfile: str = ""
    inputs: Words = ()
    image: ImageRecipe | None = None
    _folder: Path = PrivateAttr()

    def model_post_init(self, folder: Path) -> None:
        """Take the folder that the file is in."""
        self._folder = folder

    @property
    def folder(self) -> Path:
        """The folder that the file is in."""
        return self._folder

    @property
    def name(self) -> str:
        """What the recipe is called by: the name of its folder."""
        return self._folder.name

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        missing = [key for key in _NEEDED[self.kind] if not getattr(self, key)]
        if missing:
            raise mistake(f"a {self.kind} recipe needs {', '.join(missing)}")
        return self

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
        return tuple(sorted(path for path in found if "__pycache__" not in path.parts))


def _feed(total: Any, part: bytes) -> None:
    """Add a part with its length, so that two parts cannot be confused with one."""
    total.update(len(part).to_bytes(8, "big") + part)


def recipe_names(recipes: Path = RECIPES) -> tuple[str, ...]:
    """Every recipe there is."""
    return tuple(sorted(path.parent.name for path in recipes.glob("*/recipe.toml")))


def load_recipe(name: str, recipes: Path = RECIPES) -> Recipe:
    """Read `recipes/<name>/recipe.toml`; a malformed one is refused with all of its mistakes."""
    path = recipes / name / "recipe.toml"
    if not path.is_file():
        raise ImagesError(f"There is no recipe {name!r}; there are {', '.join(recipe_names(recipes))}.")
    file = f"recipes/{name}/recipe.toml"
    try:
        return Recipe.model_validate(read_toml(path, file), context=path.parent)
    except ValidationError as error:
        raise ImagesError(f"{file}: " + "; ".join(mistakes(error, Recipe)) + ".") from error
