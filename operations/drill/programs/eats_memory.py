"""Want more and more memory, until the kernel ends it."""

from __future__ import annotations

if __name__ == "__main__":
    kept = []
    while True:
        kept.append(bytearray(1 << 20))
