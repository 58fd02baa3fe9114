"""Which image each component has."""

from __future__ import annotations

from images.catalog import Image
from program.images import image_catalog, image_references
from settings.model import ImagesSettings

DIGEST = "sha256:" + "0" * 64
CATALOG = {
    name: Image.model_validate(entry, context=name)
    for name, entry in {
        "both": {"registry": "some/both", "tag": "1", "digest": DIGEST, "built": "monitoring/both:1"},
        "upstream": {"registry": "some/upstream", "tag": "2", "digest": "", "unavailable": "None; without it nothing."},
        "own": {"registry": "", "tag": "", "digest": "", "built": "monitoring/own:1"},
    }.items()
}


def references(**images: object) -> dict[str, str]:
    return image_references(ImagesSettings.model_validate(images), CATALOG)


def test_from_registries_each_is_pinned_and_our_own_code_is_built() -> None:
    assert references(source="registry") == {
        "both": f"some/both:1@{DIGEST}",
        "upstream": "some/upstream:2",
        "own": "monitoring/own:1",
    }


def test_what_cannot_be_built_has_no_image_where_all_are() -> None:
    assert references(source="built") == {"both": "monitoring/both:1", "own": "monitoring/own:1"}


def test_an_override_wins_from_either_source_and_brings_back_what_has_none() -> None:
    mirrored = {"upstream": "mirror.example.com/upstream:2"}
    for source in ("registry", "built"):
        assert references(source=source, overrides=mirrored)["upstream"] == "mirror.example.com/upstream:2"


def test_the_catalogue_is_read_once() -> None:
    assert image_catalog() is image_catalog()
    assert "prometheus" in image_catalog()
