"""Connections that cost too much: heads without end, and requests that come a byte at a time.

uvicorn's protocol on httptools takes a head of any size, and waits for a request for as long as its
client likes; only between two requests it has a time-out.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes of a request line and its headers, together, while they are not complete.
MAX_HEAD = 65_536

#: Connections at once, those of the listeners to events included; more are answered 503. Few enough
#: for the 1,024 files that a process may usually have open.
MOST_CONNECTIONS = 900


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with limits of size and time on what is still being received.

    Attributes:
        begin_seconds: in which a connection must begin with a request.
        request_seconds: in which a request must be here whole, once it has begun. The application
            gives up on a slow body before that, with an answer (``api.body_limit``).
    """

    begin_seconds = 10.0
    request_seconds = 30.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = 0
        self._is_in_head = True
        self._has_moved = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._expect(self.begin_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read; close the connection when a head has become too large."""
        self._has_moved = False
        super().data_received(data)
        # where a head or a body ended in the data, how much of it is head is not known, nor needed:
        # it is not more than one reading gives
        if self._is_in_head and not self._has_moved and not self.transport.is_closing():
            self._head += len(data)
            if self._head > MAX_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        super().on_message_begin()
        self._expect(self.request_seconds)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; one behind the body (a trailer) is of no use to anybody here."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Note that a head is complete."""
        self._is_in_head, self._head, self._has_moved = False, 0, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that a request is here whole."""
        super().on_message_complete()
        self._is_in_head = self._has_moved = True
        self._expect(None)

    def _expect(self, seconds: float | None) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        self.transport.write(head.encode() + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
