"""Who listens, and what each still has to be sent."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from fastapi.sse import KEEPALIVE_COMMENT

from api.live.event import Event
from stream.metrics import Metrics

#: Seconds of silence after which a comment is sent, so that nobody in between takes the connection
#: for a dead one.
KEEP_ALIVE = 15.0

#: Events that may wait for a listener who does not read; more are only alarms and
#: decisions, and with so many
#: the connection is ended: the client comes back and gets the whole picture.
MOST_WAITING = 300

#: What somebody who comes is told of each domain, in this order.
PICTURE = (
    "alarms",
    "decisions",
    "status",
    "model",
    "retraining",
    "drift",
    "ranking",
    "scores",
)


class Listener:
    """The events of one connection that are still to be sent; iterate over it to get their bytes.

    Of events that take each other's place only the newest waits, so a slow reader skips, and what
    waits for it does not grow. The iteration ends when the listener is closed.

    Args:
        domains: whose events are wanted.
        keep_alive: seconds of silence after which a comment is given.
    """

    def __init__(self, domains: Collection[str], keep_alive: float = KEEP_ALIVE) -> None:
        self.domains = frozenset(domains)
        self._keep_alive = keep_alive
        self._waiting: dict[tuple[str, ...], bytes] = {}
        self._ready = asyncio.Event()
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many events wait to be sent."""
        return len(self._waiting)

    def put(self, event: Event) -> None:
        """Have an event sent."""
        if self._closed:
            return
        self._waiting[event.key] = event.wire
        self._ready.set()
        if len(self._waiting) > MOST_WAITING:
            self.close()

    def close(self) -> None:
        """Send no more, and end the iteration."""
        self._closed = True
        self._waiting.clear()
        self._ready.set()

    def __aiter__(self) -> "Listener":
        """Return the listener itself."""
        return self

    async def __anext__(self) -> bytes:
        """Return all that waits, as soon as something does."""
        try:
            async with asyncio.timeout(self._keep_alive):
                await self._ready.wait()
        except TimeoutError:
            return KEEPALIVE_COMMENT
        if self._closed:
            raise StopAsyncIteration
        sent = b"".join(self._waiting.values())
        self._waiting.clear()
        self._ready.clear()
        return sent


class Hub:
    """Hands every event to all who want it, and the last of each kind to those who come.

    Args:
        metrics: where the listeners are counted.
        most: listeners at once.
    """

    def __init__(self, metrics: Metrics, most: int) -> None:
        self._metrics = metrics
        self._most = most
        self._listeners: set[Listener] = set()
        self._last: dict[tuple[str, str], Event] = {}
        self._closed = False

    @property
    def is_full(self) -> bool:
        """Whether nobody else may listen."""
        return len(self._listeners) >= self._most

    def tell(self, domain: str, event: Event) -> None:
        """Send an event to all who listen to this domain."""
        for listener in self._listeners:
            if domain in listener.domains:
                listener.put(event)

    def remember(self, domain: str, event: Event) -> None:
        """Note an event for those who come later."""
        self._last[domain, event.kind] = event

    def show(self, domain: str, event: Event) -> None:
        """Send an event, and note it for those who come later."""
        self.remember(domain, event)
        self.tell(domain, event)

    def show_change(self, domain: str, event: Event) -> None:
        """Do as ``show``, unless the last one of its kind said the very same."""
        last = self._last.get((domain, event.kind))
        if last is None or last.wire != event.wire:
            self.show(domain, event)

    @contextmanager
    def listening(self, hello: Event, domains: Collection[str]) -> Iterator[Listener]:
        """Give a listener, to whom the whole picture has been sent.

        Args:
            hello: what it is told first.
            domains: whose events it wants, in the order of the picture.
        """
        listener = Listener(domains)
        listener.put(hello)
        for domain in domains:
            for kind in PICTURE:
                if (last := self._last.get((domain, kind))) is not None:
                    listener.put(last)
        self._listeners.add(listener)
        self._count()
        if self._closed:
            listener.close()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            self._count()

    def let_go(self) -> None:
        """End every stream at once; who still may listen comes back."""
        for listener in self._listeners:
            listener.close()

    def close(self) -> None:
        """End every stream at once, and those that begin from now on."""
        self._closed = True
        self.let_go()

    def _count(self) -> None:
        self._metrics.set("live_listeners", len(self._listeners))
