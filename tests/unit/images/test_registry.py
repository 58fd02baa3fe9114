"""Which images are pulled."""

from __future__ import annotations

import pytest

from images import registry
from images.errors import ImagesError


def test_an_unknown_component_names_the_known_ones() -> None:
    with pytest.raises(ImagesError, match=r"^Unknown component nope; there are alertmanager, .*, viewer\.$"):
        registry.chosen(["busybox", "nope"])
