"""Which files of Debian packages an image takes. No network."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from images import debian
from images.archive import Entry, File, Link
from images.errors import ImagesError
from tests.unit.images.elf_file import elf_file


def test_libraries_follow_the_programs_that_need_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "machine", lambda: "x86_64")
    library = "usr/lib/x86_64-linux-gnu"
    available: dict[str, Entry] = {
        "usr/bin/server": File(elf_file(libraries=("liba.so.1",), interpreter="/lib64/ld.so"), 0o755),
        "usr/bin/other": File(elf_file(libraries=("libz.so.9",)), 0o755),
        f"{library}/liba.so.1": Link("liba.so.1.2"),
        f"{library}/liba.so.1.2": File(elf_file(libraries=("libb.so.1",))),
        f"{library}/libb.so.1": File(elf_file()),
        f"{library}/libunused.so.1": File(elf_file()),
        "lib64/ld.so": File(elf_file()),
    }
    found = debian.select(available, keep=["usr/bin/server"], what="thing")
    assert set(found) == set(available) - {"usr/bin/other", f"{library}/libunused.so.1"}
    with pytest.raises(ImagesError) as error:
        debian.select(available, keep=["usr/bin/*"], what="thing")
    assert str(error.value) == (
        "thing: usr/bin/other needs libz.so.9; add the Debian package that has it to its recipe."
    )
    with pytest.raises(ImagesError) as error:
        debian.select(available, keep=["usr/sbin/*"], what="thing")
    assert str(error.value) == "thing: no file of the packages matches 'usr/sbin/*'; correct keep in its recipe."


def test_a_host_without_apt_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ImagesError) as error:
        debian.download(["busybox-static"], what="busybox", report=print)
    assert str(error.value) == ("busybox: this image is made from Debian packages; build it on Debian 12 or Ubuntu.")


def test_package_versions_for_the_label() -> None:
    files = [Path("/x/zlib1g_1%3a1.2.13.dfsg-1_amd64.deb"), Path("/x/libc6_2.36-9+deb12u14_amd64.deb")]
    assert debian.versions(files) == "libc6=2.36-9+deb12u14 zlib1g=1:1.2.13.dfsg-1"
