"""Hold idle sessions of PostgreSQL open until ended: SHARE of what clients may take, HOST, APPLICATION.

Runs inside a container of the demo's image, with the memory API's password.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import asyncpg


async def _hold(share: float, host: str, application: str) -> None:
    password = Path("/run/secrets/database-password").read_text(encoding="utf-8").strip()

    async def session() -> asyncpg.Connection:
        return await asyncpg.connect(
            host=host,
            user="memory",
            database="memory",
            password=password,
            server_settings={"application_name": application},
        )

    first = await session()
    limit = await first.fetchval("select current_setting('max_connections')::int")
    reserved = await first.fetchval("select current_setting('superuser_reserved_connections')::int")
    taken = await first.fetchval("select count(*) from pg_stat_activity where backend_type = 'client backend'")
    held = [first]
    for _ in range(round(share * (limit - reserved)) - taken):
        held.append(await session())
    print(f"holding {len(held)} sessions", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_hold(float(sys.argv[1]), sys.argv[2], sys.argv[3]))
