"""Clients that send too much, or too slowly: raw sockets against the real server."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.types import Message

from api.app import create_app
from api.body_limit import BodyLimit
from api.connections import MAX_HEAD, GuardedProtocol
from api.problems import Problem
from stream.settings import Settings, load


class Impatient(GuardedProtocol):
    """Waits as briefly as tests want to."""

    begin_seconds = 0.5
    request_seconds = 1.0


@contextmanager
def served(settings: Settings, protocol: type[GuardedProtocol]) -> Iterator[int]:
    """The application on a real server; its port."""
    config = uvicorn.Config(create_app(settings), http=protocol, ws="none", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    database = f"sqlite:///{tmp_path / 'weir.db'}"
    return load({"redis_url": redis_url, "domains": "churn", "database_url": database})


def answers(port: int, *parts: bytes) -> bytes:
    """Send, and read until the other side closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        received = b""
        try:
            for part in parts:
                connection.sendall(part)
            while data := connection.recv(65_536):
                received += data
        except ConnectionError:  # closed while we were still sending
            pass
        return received


HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


def test_a_head_without_end_is_cut_off(settings: Settings) -> None:
    with served(settings, GuardedProtocol) as port:
        for endless in (
            [HEAD, b"X: " + b"x" * (2 * MAX_HEAD)],
            [HEAD, *([b"X: y\r\n"] * (MAX_HEAD // 4))],
            [b"GET /" + b"x" * (2 * MAX_HEAD)],
        ):
            answer = answers(port, *endless)
            assert not answer or answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
        usual = answers(port, HEAD + b"X: " + b"x" * 50_000 + b"\r\nConnection: close\r\n\r\n")
        assert usual.startswith(b"HTTP/1.1 200 ")


def test_a_large_body_is_no_large_head(settings: Settings) -> None:
    post = b"POST /v1/churn/users:batchGet HTTP/1.1\r\nHost: localhost\r\n"
    post += b"Content-Type: application/json\r\n"
    ids = b",".join(b'"%0200d"' % number for number in range(999))
    body = b'{"user_ids": [' + ids + b"]}"
    assert len(body) > 3 * MAX_HEAD
    whole = post + b"Content-Length: %d\r\n" % len(body)
    last = whole + b"Connection: close\r\n\r\n" + body
    with served(settings, GuardedProtocol) as port:
        assert answers(port, last).startswith(b"HTTP/1.1 200 ")
        both = answers(port, whole + b"\r\n" + body, last)
        assert both.count(b"HTTP/1.1 200 ") == 2
        parts = [last[at : at + 10_000] for at in range(0, len(last), 10_000)]
        assert answers(port, *parts).startswith(b"HTTP/1.1 200 ")


def test_what_comes_too_slowly_is_cut_off(settings: Settings) -> None:
    post = b"POST /v1/churn/predict HTTP/1.1\r\nHost: localhost\r\n"
    with served(settings, Impatient) as port:
        assert not answers(port)
        assert not answers(port, HEAD)
        assert not answers(port, post + b"Content-Length: 100\r\n\r\n{")
        assert not answers(port, post + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
        # trailers: there is an answer, and then no end
        slow = b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n"
        assert answers(port, HEAD + slow).startswith(b"HTTP/1.1 200 ")


def test_one_request_after_another_is_in_order(settings: Settings) -> None:
    with served(settings, Impatient) as port:
        two = answers(port, (HEAD + b"\r\n") * 2 + HEAD + b"Connection: close\r\n\r\n")
        assert two.count(b"HTTP/1.1 200 ") == 3
        upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        assert answers(port, HEAD + upgrade).startswith(b"HTTP/1.1 ")


def test_a_slow_body_is_answered_while_there_is_time() -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def reads(_scope: object, receive: object, _send: object) -> None:
        await receive()  # type: ignore[operator]

    async def main() -> None:
        limit = BodyLimit(reads, most=10, patience=0.01)
        with pytest.raises(Problem) as refused:
            await limit({"type": "http", "method": "POST", "headers": []}, never, never)  # type: ignore[arg-type]
        assert refused.value.status_code == 408

    asyncio.run(main())
