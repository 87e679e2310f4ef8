"""A proxy in front of a broker that loses answers, or stops answering."""

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

from stream.kafka_address import KafkaAddress

_PRODUCE = 0


class KafkaProxy:
    """Speaks the Kafka protocol's framing: 4 bytes of length, then for requests 2 of the kind.

    The broker's own address is in its answers, so a client would go around the proxy: they are
    changed to the proxy's, which has to be as long.

    Attributes:
        lose: how many answers to produce requests are still to be lost, connection and all, after
            the broker has acted on them.
        silent: swallow every request.
        lost: how many answers have been lost.
    """

    def __init__(self, bootstrap: str) -> None:
        host, _, port = bootstrap.rpartition(":")
        self._broker = (host, int(port))
        self._server = socket.create_server((host, 0))
        self.port: int = self._server.getsockname()[1]
        self.address = KafkaAddress(f"{host}:{self.port}")
        self.lose = 0
        self.silent = False
        self.lost = 0
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in [self._server, *self._sockets]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            broker = socket.create_connection(self._broker)
            self._sockets += [client, broker]
            thread = threading.Thread(target=self._serve, args=(client, broker))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket, broker: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError), client, broker:
            while True:
                request = _frame(client)
                if self.silent:
                    continue
                broker.sendall(request)
                answer = _frame(broker)
                if struct.unpack_from(">h", request, 4)[0] == _PRODUCE and self.lose > 0:
                    self.lose -= 1
                    self.lost += 1
                    return
                client.sendall(self._with_own_address(answer))

    def _with_own_address(self, answer: bytes) -> bytes:
        host = self._broker[0].encode()
        theirs = host + struct.pack(">i", self._broker[1])
        return answer.replace(theirs, host + struct.pack(">i", self.port))


def _frame(sock: socket.socket) -> bytes:
    head = _exactly(sock, 4)
    return head + _exactly(sock, struct.unpack(">i", head)[0])


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data
