"""A database of Weir's that is made ready when it is first used: its schema the newest."""

from asyncio import Lock
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Self

from sqlalchemy import Select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from stream.adapters.schema import UnknownSchema, migrate
from stream.adapters.sql_engine import Database
from stream.record import DatabaseAway


class Prepared:
    """One database, PostgreSQL or SQLite; connects when first used.

    Every coroutine raises DatabaseAway when the database is not there, refuses, or takes longer
    than the patience; the same may succeed a moment later, over new connections.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user:password@host:port/db``.
        patience: seconds that an answer is waited for.

    Attributes:
        database: where the statements go.
    """

    def __init__(self, url: str, patience: float) -> None:
        self.database = Database(url, patience)
        self._patience = patience
        self._is_prepared = False
        self._preparing = Lock()

    async def prepare(self) -> None:
        """Bring the schema to the newest version, for as long as it takes.

        Several processes may do so at once. An SQLite file is made, and its directory.

        Raises:
            DatabaseAway: also when the schema is of a newer Weir.
        """
        try:
            async with self.database.answering(), self.database.migrating() as connection:
                await connection.run_sync(migrate)
        except UnknownSchema as error:
            raise DatabaseAway(str(error)) from error
        self._is_prepared = True

    async def insert(self, insertion: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows in one transaction, all or none; prepare the database if need be."""
        try:
            async with self.answering():
                await self._prepare_once()
                await self.database.insert(insertion, rows)
        except DatabaseAway:
            self._is_prepared = False  # what comes back may be another database, and empty
            raise

    async def select(self, wanted: Select[Any]) -> Sequence[Any]:
        """Return the rows that are wanted; prepare the database if need be."""
        async with self._connected() as connection:
            found: Sequence[Any] = (await connection.execute(wanted)).all()
            return found

    async def ping(self) -> None:
        """Return when the database has answered."""
        async with self._connected() as connection:
            await connection.execute(text("SELECT 1"))

    def answering(self) -> AbstractAsyncContextManager[None]:
        """Turn every way in which the database can fail, or be late, into DatabaseAway."""
        return self.database.answering(self._patience)

    async def close(self) -> None:
        """Close the connections."""
        await self.database.engine.dispose()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        async with self.answering():
            await self._prepare_once()
            async with self.database.engine.connect() as connection:
                yield connection

    async def _prepare_once(self) -> None:
        if self._is_prepared:
            return
        async with self._preparing:
            if not self._is_prepared:
                await self.prepare()


class SqlLog:
    """What is written down in a database of Weir's, and read again.

    Args:
        home: which database; several logs may share it.
    """

    def __init__(self, home: Prepared) -> None:
        self.home = home

    @classmethod
    def from_url(cls, url: str, patience: float = 2.0) -> Self:
        """Return a log that connects when first used, for itself alone.

        Args:
            url: as of ``Prepared``.
            patience: likewise, seconds.
        """
        return cls(Prepared(url, patience))

    async def prepare(self) -> None:
        """Bring the database's schema to the newest version, for as long as it takes."""
        await self.home.prepare()

    async def ping(self) -> None:
        """Return when the database has answered."""
        await self.home.ping()

    async def close(self) -> None:
        """Close the connections, those of other logs that share them too."""
        await self.home.close()
