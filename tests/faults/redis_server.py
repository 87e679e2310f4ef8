"""A Redis that can be broken, and comes back on the same port with the same data."""

import signal
from pathlib import Path

from stream.embedded.guard import Guard
from stream.embedded.redis import EmbeddedRedis


class BreakableRedis(EmbeddedRedis):
    """A Redis of a test's own.

    Args:
        data_dir: where its append-only file is.
        guard: ends it if this process dies.
        fsync: when what it acknowledges is on disk: ``everysec`` or ``always``.
    """

    def __init__(self, data_dir: Path, guard: Guard, fsync: str = "everysec") -> None:
        super().__init__(data_dir, guard=guard)
        self._fsync = fsync

    def command(self) -> list[str]:
        """Weir's own, and when to sync."""
        self._any_port = False  # where it once was it is found again
        return [*super().command(), "--appendfsync", self._fsync]

    def kill(self) -> None:
        """End it as SIGKILL does."""
        self.process.kill()

    def lose_newest(self, size: int) -> None:
        """Take away the end of its append-only file, as a power cut does with what was not synced.

        Args:
            size: bytes; what is cut in the middle, Redis drops at its next start.
        """
        # several files from Redis 7 on, the newest of which is written to
        parts = sorted((self.data_dir / "appendonlydir").glob("*.incr.aof"))
        newest = parts[-1] if parts else self.data_dir / "appendonly.aof"
        whole = newest.stat().st_size
        with newest.open("r+b") as file:
            file.truncate(max(0, whole - size))

    def pause(self) -> None:
        """Stop it in its tracks; connections stay."""
        self.process.send(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on."""
        self.process.send(signal.SIGCONT)
