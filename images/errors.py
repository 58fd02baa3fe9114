"""The one exception of this package."""

from __future__ import annotations


class ImagesError(Exception):
    """Something went wrong; the text is one sentence or two that say what to do about it."""
