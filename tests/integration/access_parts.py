"""Keys of the tests of who may ask, and an application to ask."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from stream.api_keys import entry
from stream.settings import Settings
from tests.integration.api_seed import running

READ, PREDICT, ADMIN = "r" * 32, "p" * 32, "a" * 32
ENTRIES = ",".join(
    [
        entry(READ, "dashboard", ["read"]),
        entry(PREDICT, "crm", ["predict"]),
        entry(ADMIN, "on-call", ["admin"]),
        entry("e" * 32, "guest", ["admin"], "2020-01-01"),
    ]
)


def scenario(
    settings: Settings, steps: Callable[[httpx.AsyncClient], Awaitable[None]], address: str = ""
) -> None:
    """Take steps on a new application, from an address of one's own if one is given."""

    async def main() -> None:
        async with running(settings) as client:
            if not address:
                await steps(client)
                return
            app = client._transport.app  # type: ignore[attr-defined]  # made by `running`
            transport = httpx.ASGITransport(app=app, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as own:
                await steps(own)

    asyncio.run(main())
