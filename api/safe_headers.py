"""Headers that tell browsers what not to do with an answer, on every answer there is."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Where a route has not set them itself. An answer is data: if a browser is made to show it,
#: nothing in it may run, load or be framed; no other origin may embed it; and nobody keeps it, for
#: it may be personal.
DEFAULTS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_RAW = tuple((name.lower().encode(), value.encode()) for name, value in DEFAULTS.items())


class SafeHeaders:
    """ASGI middleware; around everything, so that errors have the headers too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                there = {name for name, _ in headers}
                headers += [header for header in _RAW if header[0] not in there]
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_safely)
