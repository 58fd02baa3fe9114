"""What programs need, read from their headers."""

from __future__ import annotations

from images.elf import Needs, needs
from tests.unit.images.elf_file import elf_file


def test_what_a_program_needs() -> None:
    program = elf_file(libraries=("libssl.so.3", "libc.so.6"), interpreter="/lib64/ld.so")
    assert needs(program) == Needs("/lib64/ld.so", ("libssl.so.3", "libc.so.6"))
    assert needs(elf_file()) == Needs("", ())
    assert needs(b"#!/bin/sh\n") is None
