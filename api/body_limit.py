"""A body that is too large or too slow is refused, whether it says its size or not."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, problem_response


class BodyLimit:
    """ASGI middleware; Starlette's own answers in plain text.

    Args:
        app: what it wraps.
        most: bytes of a body, at most.
        patience: seconds in which it must be here whole.
    """

    def __init__(self, app: ASGIApp, most: int, patience: float = 20.0) -> None:
        self._app = app
        self._most = most
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > self._most:
            await problem_response(scope, self._problem())(scope, receive, send)
            return
        size, is_whole = 0, False
        until = asyncio.get_running_loop().time() + self._patience

        async def receive_some() -> Message:
            nonlocal size, is_whole
            if is_whole:  # what comes now is that the client has gone, whenever that is
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise self._late() from None
            size += len(message.get("body", b""))
            if size > self._most:
                raise self._problem()
            is_whole = not message.get("more_body", False)
            return message

        await self._app(scope, receive_some, send)

    def _late(self) -> Problem:
        detail = f"the body was not here within {self._patience:g} s"
        return Problem("too-slow", detail, {"Connection": "close"})

    def _problem(self) -> Problem:
        detail = f"the body has more than {self._most:,} bytes; ask about fewer users at once"
        return Problem("too-large", detail)
