"""A body that is too large is refused as a problem, whether it says its size or not."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, problem_response


class BodyLimit:
    """ASGI middleware; Starlette's own answers in plain text.

    Args:
        app: what it wraps.
        most: bytes of a body, at most.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > self._most:
            await problem_response(scope, self._problem())(scope, receive, send)
            return
        size = 0

        async def receive_some() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._most:
                raise self._problem()
            return message

        await self._app(scope, receive_some, send)

    def _problem(self) -> Problem:
        detail = f"the body has more than {self._most:,} bytes; ask about fewer users at once"
        return Problem(413, "too-large", detail)
