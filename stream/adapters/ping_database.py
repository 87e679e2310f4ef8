"""A short question to the database of the record: are you there, and which schema have you?

It asks over a connection of its own and closes it. Nothing is created by asking.
"""

import asyncio
from dataclasses import dataclass

from sqlalchemy import Connection

from stream.adapters import schema
from stream.adapters.ping import Unreachable
from stream.adapters.sql_engine import FAILURES, Database, reason
from stream.places import takes_files


@dataclass(frozen=True)
class DatabaseFacts:
    """What a database says of itself.

    Attributes:
        version: of its schema; None before the first migration.
        newest: the version that this Weir works with.
        is_known: whether this Weir can work with the database's version, or migrate from it.
        takes_writes: whether it does; a standby of PostgreSQL does not.
    """

    version: str | None
    newest: str
    is_known: bool
    takes_writes: bool


def database(url: str, timeout: float = 3.0) -> DatabaseFacts:
    """Ask a database for the version of its schema.

    Args:
        url: ``sqlite:///path`` or ``postgresql://...``. An SQLite file that is not there is as
            good as an empty one, when it could be made.
        timeout: in seconds, for all of it.

    Raises:
        Unreachable: no answer in time, or it refuses.
    """
    try:
        return asyncio.run(_database(url, timeout))
    except FAILURES as error:
        raise Unreachable(reason(error)) from error


async def _database(url: str, patience: float) -> DatabaseFacts:
    database = Database(url, patience)
    if database.path and not database.path.exists():
        return _facts(None, takes_writes=takes_files(database.path.parent))
    try:
        async with asyncio.timeout(patience), database.engine.connect() as connection:
            return await connection.run_sync(_ask)
    finally:
        await database.engine.dispose()


def _ask(connection: Connection) -> DatabaseFacts:
    return _facts(schema.version(connection), takes_writes=takes_writes(connection))


def takes_writes(connection: Connection) -> bool:
    """Tell whether a database does: a standby of PostgreSQL does not.

    Raises:
        DBAPIError: an SQLite file is locked, or read-only.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return True
    read_only: str = connection.exec_driver_sql("SHOW transaction_read_only").scalar_one()
    return read_only == "off"


def _facts(version: str | None, *, takes_writes: bool) -> DatabaseFacts:
    is_known = version is None or version in schema.known()
    return DatabaseFacts(version, schema.newest(), is_known, takes_writes)
