"""A client of the server-sent events, for tests: it remembers what it was told."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx

#: Seconds that a test waits for what must come; a busy machine needs some.
PATIENCE = 60


class Told(NamedTuple):
    """An event that was received; its data, decoded."""

    kind: str
    data: dict[str, Any]
    id: str | None


def read_events(text: str) -> list[Told]:
    """Read whole events."""
    told = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line[0] != ":")
        if fields:
            told.append(Told(fields["event"], json.loads(fields["data"]), fields.get("id")))
    return told


class Ear:
    """What one listener has been told so far."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.ended = asyncio.Event()
        self._heard = asyncio.Condition()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The data of all events of a kind."""
        return [one.data for one in self.told if one.kind == kind]

    async def until(
        self, kind: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True, start: int = 0
    ) -> dict[str, Any]:
        """Wait for an event that is wanted, among those from `start` on."""

        def found() -> dict[str, Any] | None:
            told = (one.data for one in self.told[start:] if one.kind == kind)
            return next((data for data in told if wanted(data)), None)

        try:
            async with asyncio.timeout(PATIENCE), self._heard:
                await self._heard.wait_for(lambda: found() is not None)
        except TimeoutError:
            raise AssertionError(f"no such {kind}: {self.of(kind)[-3:]}") from None
        data = found()
        assert data is not None
        return data

    async def heard(self, alarm_id: str) -> None:
        """Wait for an alarm."""
        await self.until("alarm", lambda data: data["id"] == alarm_id)

    async def listen(self, response: httpx.Response) -> None:
        """Hear events until there are no more."""
        block = ""
        async for line in response.aiter_lines():
            block += line + "\n"
            if not line:
                async with self._heard:
                    self.told += read_events(block)
                    self._heard.notify_all()
                block = ""
        self.ended.set()


@asynccontextmanager
async def listening(
    url: str, query: str = "", headers: Mapping[str, str] | None = None
) -> AsyncIterator[Ear]:
    """Listen for as long as the block runs."""
    ear = Ear()
    async with (
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as client,
        client.stream("GET", f"/v1/events{query}", headers=headers) as response,
    ):
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        hearing = asyncio.create_task(ear.listen(response))
        try:
            yield ear
        finally:
            hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await hearing
