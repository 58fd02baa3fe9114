"""Mistakes that only show when several settings are read together, one topic a file, each with a `check`."""

from __future__ import annotations

from settings.checks import discovery, durations, images, names, overrides, relations, secrets
from settings.checks.checked import Check

CHECKS: tuple[Check, ...] = tuple(
    topic.check for topic in (names, relations, secrets, images, discovery, overrides, durations)
)
"""Every check of a stack file; a runtime has more (`RuntimeSettings.mistakes`)."""
