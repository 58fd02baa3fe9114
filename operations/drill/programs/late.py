"""Stand between a server and its clients, and hold back what it answers: PORT, HOST, SECONDS."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

_BYTES = 65536


async def _at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_BYTES):
        writer.write(data)
        await writer.drain()


async def _late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Pass on each piece so much later; those behind it do not wait for it to be passed on."""
    loop = asyncio.get_running_loop()
    while data := await reader.read(_BYTES):
        loop.call_later(seconds, writer.write, data)
    await asyncio.sleep(seconds)


async def _serve(port: int, host: str, seconds: float) -> None:
    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            answers, questions = await asyncio.open_connection(host, port)
            ways = [
                asyncio.create_task(_at_once(reader, questions)),
                asyncio.create_task(_late(answers, writer, seconds)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            questions.close()
        writer.close()

    server = await asyncio.start_server(between, "", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
