"""What goes on while things break: events are sent, and scores are asked for."""

import asyncio
import contextlib
import itertools
import random
import threading
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer

from stream import topics
from stream.adapters.partitioner import partition_of
from tests.rough_log import user_of

#: Lines that are sent before all is ready.
_FIRST = 500


class Sender(threading.Thread):
    """Sends a log at a pace; a partition has its records in the log's order.

    It sends a little, and goes on when it is told that all the others are ready.

    Args:
        bootstrap: ``host:port``.
        domain: whose log.
        log: its lines.
        partitions: of the events topic.
        rate: lines a second.
    """

    def __init__(
        self, bootstrap: str, domain: str, log: Sequence[bytes], partitions: int, rate: float
    ) -> None:
        super().__init__(daemon=True)
        self._address, self._topic = bootstrap, topics.events(domain)
        self._log, self._partitions, self._rate = log, partitions, rate
        self._poison: list[bytes | None] = []
        self._all_ready = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False
        self.error: Exception | None = None
        self.sent = 0

    def slip_in(self, lines: Sequence[bytes | None]) -> None:
        """Send these too, as soon as may be, without a key, over all partitions."""
        self._poison.extend(lines)

    def go_on(self) -> None:
        """Send the rest."""
        with contextlib.suppress(RuntimeError):  # it has ended
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._all_ready.set)

    def stop(self) -> None:
        """Send no more."""
        self._stopped = True
        self.go_on()
        self.join(30)

    def run(self) -> None:
        """Send all, and wait until the broker has confirmed it."""
        try:
            asyncio.run(self._send())
        except Exception as error:  # noqa: BLE001  # it is raised where the test waits
            self.error = error

    async def _send(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._address,
            enable_idempotence=True,
            acks="all",
            linger_ms=5,
            compression_type="lz4",
        )
        self._loop = asyncio.get_running_loop()
        await producer.start()
        try:
            await asyncio.gather(*[sent async for sent in self._handed_over(producer)])
        finally:
            await producer.stop()

    async def _handed_over(self, producer: Any) -> AsyncIterator[Any]:
        began = 0.0
        for number, line in enumerate(self._log):
            if number == _FIRST:
                await self._all_ready.wait()
                began = time.monotonic() - number / self._rate
            while self._poison:
                value = self._poison.pop()
                # one of the two must be there; what has a user belongs to the user's partition
                key = user_of(value).encode() or None if value else b"nobody"
                where = partition_of(key.decode(), self._partitions) if key else self.sent % 4
                yield await producer.send(self._topic, value, key, partition=where)
                self.sent += 1
            user = user_of(line)
            where = partition_of(user, self._partitions) if user else number % self._partitions
            yield await producer.send(self._topic, line, user.encode() or None, partition=where)
            self.sent += 1
            ahead = number / self._rate - (time.monotonic() - began) if began else 0.0
            if ahead > 0:
                await asyncio.sleep(ahead)
            if self._stopped:
                return


class Asker(threading.Thread):
    """Asks the API for users' scores, one after another.

    Attributes:
        answered: request ids of the answers that came (200).
        newest: when the newest of them came, ``time.monotonic``.
        refused: how often another status came, or none.
    """

    def __init__(self, url: str, domain: str, users: Sequence[str], seed: int) -> None:
        super().__init__(daemon=True)
        self._url, self._domain, self._users = url, domain, users
        self._rng = random.Random(seed)
        self._stopped = threading.Event()
        self.answered: list[str] = []
        self.newest = 0.0
        self.refused: dict[str, int] = {}

    def stop(self) -> None:
        """Stop, when the answer that is waited for has come."""
        self._stopped.set()
        self.join(40)

    def run(self) -> None:
        """Ask."""
        with httpx.Client(base_url=self._url, trust_env=False, timeout=30) as client:
            for number in itertools.count():
                if self._stopped.wait(0.03):
                    return
                user, name = self._rng.choice(self._users), f"asked-{number}"
                try:
                    path = f"/v1/{self._domain}/users/{user}"
                    answer = client.get(path, headers={"X-Request-ID": name})
                except httpx.TransportError as error:
                    what = type(error).__name__
                else:
                    what = str(answer.status_code)
                if what == "200":
                    self.newest = time.monotonic()
                    self.answered.append(name)
                elif what != "404":  # this user has done nothing yet
                    self.refused[what] = self.refused.get(what, 0) + 1
