"""What Redis was told, in the order in which it did it: who claimed what, and who committed what.

Redis itself tells (MONITOR), so that no commit goes unseen, and the order is the true one.
"""

import re
import socket
import threading
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

_META = rb'"weir:\{(\w+):(\d+)\}:meta"'
_CLAIM = re.compile(rb'\S+ \[\d+ lua\] "HSET" ' + _META + rb' "token" "(\w+)"')
_TRIED = re.compile(
    rb'\S+ \[\d+ [\d.:]+\] "EVALSHA" "\w+" "5" ' + _META + rb'(?: "\S+"){4} "(\w+)"'
)
_COMMIT = re.compile(rb'\S+ \[\d+ lua\] "HSET" ' + _META + rb' "commits" "(\d+)" "offset" "(\d+)"')
_LEARNER = rb'"weir:\{(\w+)\}:learner"'
_LEARNER_CLAIM = re.compile(rb'\S+ \[\d+ lua\] "HSET" ' + _LEARNER + rb' "token" "(\w+)"')
_LEARNT = re.compile(
    rb'\S+ \[\d+ lua\] "HSET" ' + _LEARNER + rb' "offset" "(\d+)" .* "commit" "(\w+)-(\d+)"'
)


@dataclass(frozen=True)
class Commit:
    """A commit that Redis has carried out.

    Attributes:
        token: that it was sent with.
        owner: the token of the newest claim by then.
        number: how many commits there are with it.
        offset: the next to read.
    """

    token: str
    owner: str
    number: int
    offset: int


class CommitWatch(threading.Thread):
    """Listens to a Redis until it is left; a context manager.

    Attributes:
        claims: tokens by partition, in order; of learning under -1.
        commits: by partition, in order; of learning under -1.
    """

    LEARNING = -1

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        where = urlsplit(url)
        self._socket = socket.create_connection((where.hostname or "", where.port or 6379))
        self.claims: defaultdict[int, list[str]] = defaultdict(list)
        self.commits: defaultdict[int, list[Commit]] = defaultdict(list)
        self._tried: dict[int, str] = {}

    def __enter__(self) -> "CommitWatch":
        self._socket.sendall(b"MONITOR\r\n")
        assert self._socket.recv(5) == b"+OK\r\n"
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self.join(10)
        self._socket.close()

    def run(self) -> None:
        """Listen."""
        with self._socket.makefile("rb") as lines:
            for line in lines:
                self._hear(line)

    def _hear(self, line: bytes) -> None:
        if b":meta" in line:
            if found := _TRIED.match(line):
                self._tried[int(found[2])] = found[3].decode()
            elif found := _CLAIM.match(line):
                self.claims[int(found[2])].append(found[3].decode())
            elif found := _COMMIT.match(line):
                partition = int(found[2])
                self._add(partition, self._tried[partition], int(found[3]), int(found[4]))
        elif b":learner" in line:
            if found := _LEARNER_CLAIM.match(line):
                self.claims[self.LEARNING].append(found[2].decode())
            elif found := _LEARNT.match(line):
                self._add(self.LEARNING, found[3].decode(), int(found[4]), int(found[2]))

    def _add(self, partition: int, token: str, number: int, offset: int) -> None:
        owner = self.claims[partition][-1]
        self.commits[partition].append(Commit(token, owner, number, offset))
