"""YAML → plain values with their lines, and every mistake in the text; whatever it holds, nothing else is raised.

The text is read as the engine reads it: dates, times, `yes` and `no` are text, and a key that stands twice is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from settings.errors import Mistake, joined, shown

LARGEST = 1_000_000
"""Bytes of a stack file: 500 for each of the 2,000 services that a stack can have."""
DEEPEST = 100
"""Levels of lists and mappings inside each other."""
# Lists, mappings and values, those counted again that an alias repeats: 100 for each service that a stack can have.
_MOST_NODES = 200_000
# YAML's own characters. Those that it leaves out can be written as escapes, such as \x07, between double quotes.
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAG = "tag:yaml.org,2002:"
_PLAIN = "text, numbers, true, false, lists and mappings"
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_FORMS = {"null": _NULL, "bool": _BOOL, "int": _INT, "float": _FLOAT, "merge": re.compile("<<")}
# No setting has more, and Python takes long for thousands.
_MOST_DIGITS = 40


@dataclass
class Document:
    """What a text says.

    Attributes:
        value: of plain types; None where nothing could be read.
        lines: of every key and every entry of a list, by its place: `config.monitoring:services[0].kind`.
        mistakes: in the text itself, with their lines.
    """

    value: object = None
    lines: dict[str, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)


class _Loader(yaml.CSafeLoader):
    """Knows a tag for each form above, and no other without being told."""

    # The parent's type: tags with their forms, by the first character that a text of the form can have.
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(f"{_TAG}{name}", re.compile(rf"(?:{_FORMS[name].pattern})\Z")) for name in names]
        for firsts, names in (
            (("", "~", "n", "N"), ("null",)),
            ("tTfF", ("bool",)),
            ("0123456789+-.", ("int", "float")),
            ("<", ("merge",)),
        )
        for first in firsts
    }


def read_yaml(data: bytes, source: str) -> Document:
    """Read a text.

    Args:
        data: UTF-8, with a byte order mark or without.
        source: the file's name, for mistakes that have no other place.
    """
    try:
        text = _text(data, source)
        _measured(text, source)
        node = _Loader(text).get_single_node()
    except _Unreadable as error:
        return Document(mistakes=[error.mistake])
    except yaml.MarkedYAMLError as error:
        return Document(mistakes=[_no_yaml(error, source, text)])
    document = Document()
    if node is not None:
        document.value = _Reader(document).value(node, "")
    return document


class _Unreadable(Exception):
    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake


def _text(data: bytes, source: str) -> str:
    if len(data) > LARGEST:
        raise _Unreadable(Mistake(source, f"more than {LARGEST:,} bytes", f"a file of {LARGEST:,} bytes at most"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02x}, which is no UTF-8"
        line = data.count(b"\n", 0, error.start) + 1
        raise _Unreadable(Mistake(source, found, "text in UTF-8", "Save it in that encoding.", line)) from None
    if strange := _NOT_YAML.search(text):
        line, found = text.count("\n", 0, strange.start()) + 1, f"the character {strange[0]!r}"
        raise _Unreadable(Mistake(source, found, "text that can be seen", "Remove it.", line))
    return text


def _no_yaml(error: yaml.MarkedYAMLError, source: str, text: str) -> Mistake:
    mark, problem = error.problem_mark, error.problem or error.context
    if mark is None:
        return Mistake(source, f"no valid YAML ({problem})", "a YAML mapping")
    around = text.splitlines()[mark.line : mark.line + 1]
    action = "YAML is indented by blanks, not by tabs." if "\t" in "".join(around) else ""
    found = f"no valid YAML (column {mark.column + 1}: {problem})"
    return Mistake(source, found, "a YAML mapping", action, mark.line + 1)


def _measured(text: str, source: str) -> None:
    """Refuse what would take too long or too much memory, before any of it is made; aliases make much of little."""
    # Nodes and height of what is open, and of each anchor that is closed.
    stack: list[tuple[str | None, int, int]] = [(None, 0, 0)]
    anchors: dict[str, tuple[int, int]] = {}
    opened: set[str] = set()
    for event in yaml.parse(text, _Loader):
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) and event.anchor:
            if event.anchor in opened:
                raise _Unreadable(
                    Mistake(source, f"*{event.anchor} inside of &{event.anchor}", "an alias that ends", "", line)
                )
            # One without an anchor is reported when the tree is made.
            _count(stack, *anchors.get(event.anchor, (1, 0)))
        elif isinstance(event, yaml.CollectionStartEvent):
            stack.append((event.anchor, 1, 0))
            opened |= {event.anchor} if event.anchor else set()
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, nodes, height = stack.pop()
            if anchor:
                opened.discard(anchor)
                anchors[anchor] = (nodes, height + 1)
            _count(stack, nodes, height + 1)
        elif isinstance(event, yaml.ScalarEvent):
            if event.anchor:
                anchors[event.anchor] = (1, 0)
            _count(stack, 1, 0)
        else:
            continue
        if len(stack) - 1 + stack[-1][2] > DEEPEST:
            action = "Take it apart."
            raise _Unreadable(Mistake(source, f"more than {DEEPEST} levels", f"{DEEPEST} levels at most", action, line))
        if stack[-1][1] > _MOST_NODES:
            found = f"more than {_MOST_NODES:,} values, those that aliases repeat among them"
            raise _Unreadable(Mistake(source, found, f"{_MOST_NODES:,} values at most", "", line))


def _count(stack: list[tuple[str | None, int, int]], nodes: int, height: int) -> None:
    anchor, already, highest = stack[-1]
    stack[-1] = (anchor, already + nodes, max(highest, height))


@dataclass(frozen=True)
class _Reader:
    """Makes values of nodes, and notes lines and mistakes in the document."""

    document: Document

    def value(self, node: yaml.Node, path: str) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if isinstance(node, yaml.MappingNode):
            self._tag(node, path, "map")
            return {key: self.value(value, joined(path, key)) for key, value in self._pairs(node, path)}
        self._tag(node, path, "seq")
        return [self._entry(entry, joined(path, index)) for index, entry in enumerate(node.value)]

    def _entry(self, node: yaml.Node, path: str) -> Any:
        self.document.lines[path] = _line(node)
        return self.value(node, path)

    def _tag(self, node: yaml.Node, path: str, usual: str) -> None:
        if node.tag != f"{_TAG}{usual}":
            self._wrong(node, path, f"the tag {_short(node.tag)}", _PLAIN, "Leave the tag out.")

    def _scalar(self, node: yaml.ScalarNode, path: str) -> Any:
        text, name = node.value, node.tag.removeprefix(_TAG)
        if name in ("str", "merge"):
            return text
        if name not in _FORMS:
            self._tag(node, path, "str")
            return text
        if not _FORMS[name].fullmatch(text):
            self._wrong(node, path, f"{shown(text)} with the tag {_short(node.tag)}", _PLAIN, "Leave the tag out.")
            return text
        if name in ("int", "float") and len(text) > _MOST_DIGITS:
            self._wrong(node, path, shown(text), f"a number of {_MOST_DIGITS} digits at most")
            return text
        return _PARSED[name](text)

    def _pairs(self, node: yaml.MappingNode, path: str) -> Iterator[tuple[str, yaml.Node]]:
        """Keys with their values; what a merge key (`<<`) brings comes last, and gives way."""
        own: dict[str, int] = {}
        merged: list[tuple[str, yaml.Node]] = []
        for key_node, value in node.value:
            if key_node.tag == f"{_TAG}merge":
                merged += self._merged(value, path)
                continue
            key = self._key(key_node, path)
            if key in own:
                action = f"The first is in line {own[key]}."
                self._wrong(key_node, joined(path, key), "a key that stands there twice", "each key once", action)
                continue
            own[key] = self.document.lines[joined(path, key)] = _line(key_node)
            yield key, value
        for key, value in merged:
            if key not in own:
                own[key] = self.document.lines[joined(path, key)] = _line(value)
                yield key, value

    def _merged(self, node: yaml.Node, path: str) -> list[tuple[str, yaml.Node]]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found: list[tuple[str, yaml.Node]] = []
        for part in parts:
            if isinstance(part, yaml.MappingNode):
                found += self._pairs(part, path)
            else:
                self._wrong(node, joined(path, "<<"), "a merge of something else", "mappings to merge")
        return found

    def _key(self, node: yaml.Node, path: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._wrong(node, joined(path, "?"), "a list or a mapping for a key", "text for a key")
            return "?"
        if node.tag != f"{_TAG}str":
            action = f'Write it in quotes: "{node.value}".'
            found = f"a key that is no text, {shown(node.value)}"
            self._wrong(node, joined(path, node.value), found, "text for a key", action)
        return str(node.value)

    def _wrong(self, node: yaml.Node, path: str, found: str, allowed: str, action: str = "") -> None:
        self.document.mistakes.append(Mistake(path, found, allowed, action, _line(node)))


def _line(found: yaml.Node | yaml.Event) -> int:
    """Counted from 1."""
    return found.start_mark.line + 1 if found.start_mark else 1


def _short(tag: str) -> str:
    """A tag as it is written: `!!int`."""
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag


def _number(text: str) -> float:
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


_PARSED: Mapping[str, Any] = {
    "null": lambda _text: None,
    "bool": lambda text: text.lower() == "true",
    "int": lambda text: int(text, 0),
    "float": lambda text: _number(text.lower()),
}
