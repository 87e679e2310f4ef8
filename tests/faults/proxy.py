"""A proxy that can cut, hang or slow down what goes through it."""

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Literal, Self

from stream.embedded import ports

#: ``open``: as if it were not there. ``cut``: connections end, and new ones are refused. ``hole``:
#: they stay, and nothing comes through, as when a cable is pulled.
Mode = Literal["open", "cut", "hole"]

_CHUNK = 65_536


class Proxy:
    """Forwards TCP connections on loopback to a port, in a thread of its own.

    Args:
        target: the port behind it.

    Attributes:
        port: where it listens; fixed from the start, so that it can be told before it runs.
    """

    def __init__(self, target: int = 0) -> None:
        self.port = ports.any_free()
        self.target = target
        self._mode: Mode = "open"
        self._delay = 0.0
        self._may_pass = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def turn(self, mode: Mode) -> None:
        """Change what happens to the connections, from now on."""
        asyncio.run_coroutine_threadsafe(self._turn(mode), self._loop).result(10)

    def slow_down(self, seconds: float) -> None:
        """Hold back what comes, each piece for so long, in both directions; 0 for no more."""
        self._delay = seconds

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise TimeoutError("the proxy does not listen")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._turn("open"))
        self._ready.set()
        self._loop.run_forever()

    async def _turn(self, mode: Mode) -> None:
        self._mode = mode
        if mode == "open":
            self._may_pass.set()
        else:
            self._may_pass.clear()
        if mode == "cut":
            await self._end()
        elif self._server is None:
            self._server = await asyncio.start_server(self._serve, ports.LOOPBACK, self.port)

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            self._writers.add(writer)
            there, back = await asyncio.open_connection(ports.LOOPBACK, self.target)
            self._writers.add(back)
            pumps = [
                asyncio.create_task(self._pump(reader, back)),
                asyncio.create_task(self._pump(there, writer)),
            ]
            self._tasks.update(pumps)
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            self._tasks.difference_update(pumps)
            self._writers.discard(back)
            back.transport.abort()
        self._writers.discard(writer)
        writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._may_pass.wait()
                writer.write(data)
                await writer.drain()
