"""What a program or library needs to start, read from its ELF header."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_END, _NEEDED, _STRINGS = 0, 1, 5


@dataclass(frozen=True, slots=True)
class Needs:
    """The dynamic loader's path, empty for a library or a static program, and the libraries' names."""

    interpreter: str
    libraries: tuple[str, ...]


def needs(content: bytes) -> Needs | None:
    """What this file asks the dynamic loader for; None when it is no 64-bit little-endian ELF file."""
    if content[:6] != b"\x7fELF\x02\x01":
        return None
    (table,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    loads: list[tuple[int, int, int]] = []
    dynamic = b""
    interpreter = ""
    for index in range(count):
        kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", content, table + index * size)
        if kind == _LOAD:
            loads.append((address, offset, length))
        elif kind == _DYNAMIC:
            dynamic = content[offset : offset + length]
        elif kind == _INTERPRETER:
            interpreter = content[offset : offset + length].rstrip(b"\0").decode()
    names: list[int] = []
    strings = 0
    for tag, value in struct.iter_unpack("<QQ", dynamic[: len(dynamic) // 16 * 16]):
        if tag == _END:
            break
        if tag == _NEEDED:
            names.append(value)
        elif tag == _STRINGS:
            # An address in the running program; the segments say where in the file that is.
            strings = next(
                (value - address + offset for address, offset, length in loads if address <= value < address + length),
                0,
            )
    libraries = tuple(content[strings + name : content.index(b"\0", strings + name)].decode() for name in names)
    return Needs(interpreter, libraries)
