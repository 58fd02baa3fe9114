"""The least of an ELF file, made for tests."""

from __future__ import annotations

import struct


def elf_file(*, libraries: tuple[str, ...] = (), interpreter: str = "") -> bytes:
    """A file with just the headers that `needs` reads."""
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in libraries)
    loader = interpreter.encode() + b"\0"
    start = 64 + 3 * 56
    base = 0x1000
    entries = []
    at = 1
    for name in libraries:
        entries.append((1, at))
        at += len(name) + 1
    entries += [(5, base + start), (0, 0)]
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    body = strings + loader + dynamic
    size = start + len(body)

    def segment(kind: int, offset: int, length: int) -> bytes:
        return struct.pack("<IIQQQQQQ", kind, 0, offset, base + offset, 0, length, length, 1)

    segments = segment(1, 0, size) + segment(2, start + len(strings) + len(loader), len(dynamic))
    segments += segment(3 if interpreter else 4, start + len(strings), len(loader))
    header = b"\x7fELF\x02\x01".ljust(32, b"\0") + struct.pack("<Q", 64) + b"\0" * 14 + struct.pack("<HH", 56, 3)
    return header.ljust(64, b"\0") + segments + body
