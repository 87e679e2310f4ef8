"""A real API process, and a client of it."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import click

from stream.embedded.guard import Guard
from stream.embedded.ports import LOOPBACK, any_free
from stream.embedded.process import ChildProcess


@contextlib.asynccontextmanager
async def api(
    directory: Path, guard: Guard, redis_url: str, domain: str, database_url: str
) -> AsyncIterator[aiohttp.ClientSession]:
    """Start ``python -m api``; give a client of it when it is ready.

    Args:
        directory: for its log.
        guard: ends it if this process dies.
        redis_url: its Redis.
        domain: what it serves.
        database_url: where it records its answers, or ``none``.

    Raises:
        ClickException: it has ended; the message has its last words.
    """
    port = any_free()
    environment = {
        **os.environ,
        "WEIR_REDIS_URL": redis_url,
        "WEIR_DATABASE_URL": database_url,
        "WEIR_DOMAINS": domain,
        "WEIR_LOG_LEVEL": "WARNING",
        "WEIR_RATE_LIMIT": "0",
    }
    command = [sys.executable, "-m", "api", "--port", str(port)]
    child = ChildProcess("API", command, directory / f"api-{port}.log", guard, environment)
    try:
        connector = aiohttp.TCPConnector(limit=200)
        url = f"http://{LOOPBACK}:{port}"
        async with aiohttp.ClientSession(url, connector=connector) as session:
            await _until_ready(session, child)
            yield session
    finally:
        child.stop()


async def _until_ready(session: aiohttp.ClientSession, child: ChildProcess) -> None:
    while child.exit_code() is None:
        with contextlib.suppress(aiohttp.ClientConnectionError):  # not listening yet
            async with session.get("/readyz") as response:
                if response.status == 200:
                    return
        await asyncio.sleep(0.1)
    raise click.ClickException(child.epitaph())
