"""The response that does not end: what a listener is sent."""

from collections.abc import Collection

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.live.event import Event
from api.live.hub import Hub

#: Nothing on the way may hold it back.
_HEADERS = {"X-Accel-Buffering": "no"}


class LiveStream(StreamingResponse):
    """Listens for as long as its client does.

    FastAPI's own way, a route that yields, would put every event into bytes for each listener anew;
    here they are shared.

    Args:
        hub: where to listen.
        hello: what the client is told first.
        domains: whose events it wants.
    """

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, hello: Event, domains: Collection[str]) -> None:
        super().__init__((), headers=_HEADERS)
        self._hub, self._hello, self._domains = hub, hello, domains

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the client goes, or the hub is closed."""
        with self._hub.listening(self._hello, self._domains) as listener:
            self.body_iterator = listener
            await super().__call__(scope, receive, send)
