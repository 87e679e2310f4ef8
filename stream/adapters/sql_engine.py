"""Connections to PostgreSQL or SQLite, by URL, and what their errors mean."""

import random
import re
import sqlite3
import time
from asyncio import sleep, timeout
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiosqlite
import asyncpg
from sqlalchemy import URL, Table, event
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from stream.record import DatabaseAway

_SQLITE = "sqlite:///"

#: How the two say that a table is missing.
_NO_TABLE = re.compile(r'^no such table|^relation ".*" does not exist')

#: All that the drivers and the pool raise when a database is absent, broken, locked or full.
FAILURES = (
    DBAPIError,
    PoolTimeout,
    TimeoutError,
    OSError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)

#: Transactions under way at once. SQLite has one writer; with more than two on PostgreSQL fewer
#: rows share one, which costs more than it saves.
_SQLITE_LANES, _POSTGRES_LANES = 1, 2

#: Connections beyond the lanes, for those who read; closed again when done.
_READERS = 4

#: Seconds after which a connection is made anew: a firewall may have forgotten it, telling nobody.
_POSTGRES_RECYCLE = 600


class Database:
    """One database: its engine, which connects when first used, and where it is.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user:password@host:port/db``.
        patience: seconds to wait for a connection; half of them for SQLite's lock, so that this
            is what is reported, and not that nothing came.

    Attributes:
        engine: makes the connections.
        place: where it is, for messages.
        path: of the SQLite file; None for PostgreSQL.
        lanes: how many transactions it gains from having under way at once.
    """

    def __init__(self, url: str, patience: float) -> None:
        self.place = place_of(url)
        self.path = Path(self.place) if url.startswith(_SQLITE) else None
        self.lanes = _SQLITE_LANES if self.path else _POSTGRES_LANES
        self._lock_wait = patience / 2
        options = {
            "pool_size": self.lanes,
            "max_overflow": _READERS,
            "pool_timeout": patience,
            "hide_parameters": True,  # they are about users
        }
        if self.path:
            self.engine = _sqlite(self.path, self._lock_wait, **options)
        else:
            self.engine = _postgres(url, patience, **options)

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection in a transaction; an SQLite file is made, and its directory.

        Raises:
            OSError: it cannot be made.
        """
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)  # it will hold what users did
        async with self.engine.connect() as connection:
            if self.path:
                await _turn_on_wal(await _driver(connection), self._lock_wait)
            async with connection.begin():
                yield connection

    def insertion(self, table: Table, columns: Sequence[str], *, unless_there: bool = False) -> str:
        """Return the statement that inserts a row of these columns, named in the table's order.

        Args:
            table: where to.
            columns: all, or those that the database does not fill in itself.
            unless_there: leave a row as it is whose primary key is there already.
        """
        insert = sqlite_insert if self.path else postgres_insert
        statement = insert(table).inline()  # the row's number is the database's affair
        if unless_there:
            statement = statement.on_conflict_do_nothing()
        return str(statement.compile(dialect=self.engine.dialect, column_keys=columns))

    async def insert(self, insertion: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows in one transaction, all or none.

        The driver does it, over a connection of SQLAlchemy's pool: by SQLAlchemy's own way a
        transaction of one row costs more than twice the time of the processor.
        """
        async with self.engine.connect() as connection:
            driver = await _driver(connection)
            try:
                await driver.executemany(insertion, rows)  # with asyncpg it is a transaction
                if self.path:
                    await driver.commit()
            except BaseException:
                # SQLAlchemy knows of no transaction to roll back; closing the connection does it
                await connection.invalidate()
                raise

    @asynccontextmanager
    async def answering(self, patience: float | None = None) -> AsyncIterator[None]:
        """Turn every way in which the database can fail into DatabaseAway.

        Args:
            patience: seconds that the block may take; None for as long as it needs.
        """
        try:
            async with timeout(patience):
                yield
        except FAILURES as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> DatabaseAway:
        why = reason(error)
        mend = "PostgreSQL runs there, lets this user in and takes writes"
        if self.path:
            why = why if self.path.exists() else "no such file"
            mend = "it can be written, is not locked, and the disk has room"
        if _NO_TABLE.search(why):
            why = f"{why}: it has no tables of Weir"
            mend = "it is the right one; the API makes them when it starts"
        return DatabaseAway(
            f"the database {self.place} is away ({why}); see to it that {mend}, or set "
            "WEIR_DATABASE_URL (`stream doctor` checks it)",
            "late" if isinstance(error, TimeoutError) else "away",
        )


def place_of(url: str) -> str:
    """Return the URL without user, password and options; of SQLite, the file."""
    if url.startswith(_SQLITE):
        return str(Path(url.removeprefix(_SQLITE)).absolute())
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


async def _driver(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection


def _sqlite(path: Path, lock_wait: float, **options: Any) -> AsyncEngine:
    # "rw": a file that was taken away is missed, and not silently replaced
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=path.as_uri(), query={"uri": "true", "mode": "rw"}),
        connect_args={"timeout": lock_wait},
        pool_reset_on_return=None,  # a trip to its thread, to roll back what has ended already
        **options,
    )

    def connecting(*_: Any) -> None:
        # a file that cannot be opened is found here: aiosqlite would leave a thread behind, which
        # fails loudly if the event loop is closed before it ends
        sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True).close()

    def connected(connection: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["inode"] = path.stat().st_ino
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = FULL")  # what is acknowledged survives a power cut,
        cursor.execute("PRAGMA fullfsync = ON")  # on macOS too
        cursor.close()

    def still_there(_: Any, entry: ConnectionPoolEntry, __: Any) -> None:
        # SQLite goes on writing to a file that was deleted, or moved away
        try:
            inode = path.stat().st_ino
        except OSError as error:
            raise DisconnectionError(f"{path} is gone") from error
        if inode != entry.info["inode"]:
            raise DisconnectionError(f"{path} was replaced")

    event.listen(engine.sync_engine, "do_connect", connecting)
    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "checkout", still_there)
    return engine


async def _turn_on_wal(connection: aiosqlite.Connection, patience: float) -> None:
    """Let nobody who reads hold up who writes; the file remembers it."""
    deadline = time.monotonic() + patience
    while True:
        try:
            async with connection.execute("PRAGMA journal_mode = WAL"):
                return
        except sqlite3.OperationalError as error:
            # here SQLite itself does not wait for others, who may be just as new
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > deadline:
                raise
        await sleep(random.uniform(0.005, 0.05))  # noqa: S311 - to meet nobody again


def _postgres(url: str, patience: float, **options: Any) -> AsyncEngine:
    connect = partial(
        asyncpg.connect, url, timeout=patience, server_settings={"application_name": "weir"}
    )
    # asyncpg reads the URL itself: it knows sslmode and the other options of libpq
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, pool_recycle=_POSTGRES_RECYCLE, **options
    )

    def still_open(connection: Any, _: ConnectionPoolEntry, __: Any) -> None:
        # the socket knows what pool_pre_ping finds out in three round trips, as long as an insert
        if connection.driver_connection.is_closed():
            raise DisconnectionError("closed by the server")

    event.listen(engine.sync_engine, "checkout", still_open)
    return engine


def reason(error: Exception) -> str:
    """Return in one line why the database failed, without the statement."""
    if isinstance(error, TimeoutError | PoolTimeout):
        return "no answer in time"
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    # the text is the first argument; asyncpg's str has more lines, SQLAlchemy's more still
    told = str(cause.args[0]) if cause.args and isinstance(cause.args[0], str) else str(cause)
    return told.partition("\n")[0].rstrip(".") or type(cause).__name__
