"""Mistakes that only show when several settings are read together, one topic a file, each with a `check`."""

from __future__ import annotations

from settings.checks import (
    discovery,
    durations,
    grafana,
    images,
    layers,
    mutes,
    names,
    otlp,
    overrides,
    probers,
    receivers,
    relations,
    secrets,
    sizes,
    stores,
    teams,
    times,
)
from settings.checks.checked import SettingsCheck

CHECKS: tuple[SettingsCheck, ...] = tuple(
    topic.check
    for topic in (
        *(names, relations, probers, secrets, images, stores, discovery, overrides, durations, sizes, otlp),
        *(receivers, teams, times, mutes, grafana, layers),
    )
)
"""The checks of every stack file. Who knows of more mistakes passes checks of his own to `load_settings`."""
