"""What is wrong with how a page looks, found by where its parts are."""

from __future__ import annotations

from playwright.sync_api import Page

_OVERLAPS = """() => {
  const parts = [...document.querySelectorAll('[data-panel], h2, header')].map(e => [e, e.getBoundingClientRect()]);
  const found = [];
  for (const [one, a] of parts) for (const [other, b] of parts) {
    if (one === other || one.contains(other) || other.contains(one)) continue;
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
      found.push(`${one.innerText.slice(0, 40)} and ${other.innerText.slice(0, 40)}`);
  }
  return found;
}"""
# Text in a box that hides what does not fit; a box that scrolls hides nothing.
_CUT = """() => [...document.querySelectorAll('#root *')].filter(e => {
  if (![...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.textContent.trim())) return false;
  const box = e.getBoundingClientRect();
  if (!box.width || !box.height) return false;
  const { overflowX, overflowY } = getComputedStyle(e);
  return (e.scrollWidth > e.clientWidth + 1 && ['hidden', 'clip'].includes(overflowX))
    || (e.scrollHeight > e.clientHeight + 2 && ['hidden', 'clip'].includes(overflowY) && e.clientHeight > 0);
}).map(e => `${e.closest('[data-panel]')?.innerText.split('\\n')[0] ?? 'bar'}: ${e.innerText.slice(0, 60)}`)"""
_SIDEWAYS = """() => [...document.querySelectorAll('html, [data-panel] *')]
  .filter(e => e.scrollWidth > e.clientWidth + 1)
  .filter(e => e.tagName === 'HTML' || ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))
  .map(e => e.closest('[data-panel]')?.innerText.split('\\n')[0] ?? 'the page')"""


def overlaps(page: Page) -> list[str]:
    """Panels, headings of rows and the bar, two by two, that lie over each other."""
    found: list[str] = page.evaluate(_OVERLAPS)
    return found


def cut_off(page: Page) -> list[str]:
    """Texts that do not fit, with the panel that they are in."""
    found: list[str] = page.evaluate(_CUT)
    return found


def sideways(page: Page) -> list[str]:
    """What must be scrolled sideways to be read whole."""
    found: list[str] = page.evaluate(_SIDEWAYS)
    return found


def empty(page: Page) -> list[str]:
    """What stands in panels that have nothing to draw, or failed."""
    texts: list[str] = page.locator("[data-testid=empty]").all_inner_texts()
    return texts
