"""The colours of states, as people with each kind of colour blindness see them."""

from __future__ import annotations

import itertools
import math

import pytest

from dashboards.panels import BAD, GOOD, HIGH, NEUTRAL, WARNING

# Machado, Oliveira and Fernandes (2009), severity 1.0: what is left of linear RGB.
SEEN = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
# Differences of CIE 1976 below about 10 need a second look.
_TOLD_APART = 15


def linear(colour: str) -> tuple[float, ...]:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)


def product(matrix: tuple[tuple[float, ...], ...], vector: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def lab(rgb: tuple[float, ...]) -> tuple[float, float, float]:
    """CIELAB under D65."""
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.95047, 1.0, 1.08883)
    ratios = (value / of for value, of in zip(product(to_xyz, rgb), white, strict=True))
    x, y, z = (max(r, 0) ** (1 / 3) if r > 0.008856 else 7.787 * r + 16 / 116 for r in ratios)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: str, other: str, seen_by: str) -> float:
    first, second = (lab(product(SEEN[seen_by], linear(colour))) for colour in (one, other))
    return math.dist(first, second)


@pytest.mark.parametrize("seen_by", SEEN)
def test_colour_blind_people_tell_the_states_apart(seen_by: str) -> None:
    pairs = itertools.combinations((GOOD, WARNING, HIGH, BAD, NEUTRAL), 2)
    alike = {pair for pair in pairs if difference(*pair, seen_by) < _TOLD_APART}
    assert alike == set()
