"""Messages as their reader sees them, once the markup of the service is read."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser


class _TelegramHtml(HTMLParser):
    """Reads the few tags and entities that Telegram knows."""

    TAGS = frozenset({"a", "b", "blockquote", "code", "em", "i", "pre", "s", "strong", "u"})
    _LOOSE = re.compile(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);)|<(?!/?[a-z])")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.parts: list[str] = []

    def read(self, text: str) -> str:
        """The text as a reader sees it.

        Raises:
            ValueError: a tag is unknown, not closed or in the wrong place, or a sign is not escaped.
        """
        if loose := self._LOOSE.search(text):
            raise ValueError(f"loose {loose[0]!r} at {loose.start()}")
        self.feed(text)
        self.close()
        if self.open:
            raise ValueError(f"no end tag of {self.open}")
        return "".join(self.parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.TAGS:
            raise ValueError(f'unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ValueError(f'unexpected end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def telegram_words(text: str) -> str:
    """Telegram's HTML without its tags.

    Raises:
        ValueError: Telegram would refuse it.
    """
    return _TelegramHtml().read(text)


def slack_words(text: str) -> str:
    """Slack's text as a reader sees it: a link shows its words.

    Raises:
        ValueError: a `<`, `>` or `&` is neither markup nor escaped.
    """
    plain = re.sub(r"<(https?://[^|>\s]+)\|([^<>|]+)>", r"\2", text)
    if re.search(r"[<>]|&(?!amp;|lt;|gt;)", plain):
        raise ValueError(f"not escaped: {plain}")
    return html.unescape(plain)


def slack_links(text: str) -> dict[str, str]:
    """Slack's links by their words."""
    return {words: html.unescape(url) for url, words in re.findall(r"<(https?://[^|>\s]+)\|([^<>|]+)>", text)}


def markdown_words(text: str, service: str) -> str:
    """Text of Discord or Teams: links show their words, backslashes are gone; only Teams reads entities.

    Raises:
        ValueError: a sign of Markdown is neither part of a link nor escaped.
    """
    plain = re.sub(r"(?<!\\)\[([^\]\\]+)\]\(https?://[^()\s]+\)", r"\1", text)
    if re.search(r"(?<!\\)[*_~`|\[\]]", plain.replace("\\\\", "")):
        raise ValueError(f"not escaped: {plain}")
    words = re.sub(r"\\([^A-Za-z0-9\s])", r"\1", plain)
    return html.unescape(words) if service == "msteams" else words


@dataclass
class Page:
    """A page of HTML: its text with one space between parts, its links by their words, and its tags."""

    text: str = ""
    links: dict[str, str] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)


class _PageReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.add(tag)
        self._link = dict(attrs).get("href") or "" if tag == "a" else ""

    def handle_endtag(self, tag: str) -> None:
        self._link = ""

    def handle_data(self, data: str) -> None:
        if words := " ".join(data.split()):
            self.page.text = f"{self.page.text} {words}".lstrip()
            if self._link:
                self.page.links[words] = self._link


def read_page(text: str) -> Page:
    """What a page of HTML says."""
    reader = _PageReader()
    reader.feed(text)
    reader.close()
    return reader.page
