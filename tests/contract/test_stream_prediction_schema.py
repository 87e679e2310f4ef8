"""The schema of the record: what the migrations make, on a real PostgreSQL and on SQLite."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from stream.adapters import schema
from stream.adapters.prediction_log import PredictionLog
from stream.adapters.prediction_table import metadata
from stream.adapters.sql_engine import Database
from stream.record import DatabaseAway
from tests.record_parts import PREDICTION, everything, with_log

T = TypeVar("T")


def ask(url: str, question: Callable[[Connection], T]) -> T:
    """What a question to the database's own schema is answered."""

    async def main() -> T:
        database = Database(url, 5)
        try:
            async with database.engine.begin() as connection:
                return await connection.run_sync(question)
        finally:
            await database.engine.dispose()

    return asyncio.run(main())


def test_the_migrations_make_what_the_code_expects(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"version_table": schema.VERSION_TABLE}
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        )

    with_log(database_url, PredictionLog.prepare)
    assert ask(database_url, differences) == []
    assert ask(database_url, schema.version) == schema.newest()


def test_every_migration_can_be_taken_back_and_made_again(database_url: str) -> None:
    def tables(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    with_log(database_url, PredictionLog.prepare)
    ask(database_url, lambda connection: command.downgrade(schema.config(connection), "base"))
    assert ask(database_url, tables) == {schema.VERSION_TABLE}
    assert ask(database_url, schema.version) is None
    with_log(database_url, PredictionLog.prepare)
    assert ask(database_url, tables) == {schema.VERSION_TABLE, "predictions", "decisions"}


def test_decisions_came_later_and_can_go_without_the_predictions(database_url: str) -> None:
    def tables(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    async def record(log: PredictionLog) -> None:
        await log.append([PREDICTION])

    async def there(log: PredictionLog) -> None:
        assert await everything(log) == [PREDICTION]  # and the table of decisions is made again

    with_log(database_url, record)
    ask(database_url, lambda connection: command.downgrade(schema.config(connection), "0001"))
    assert ask(database_url, tables) == {schema.VERSION_TABLE, "predictions"}
    with_log(database_url, there)
    assert ask(database_url, schema.version) == schema.newest() == "0002"


def test_a_migration_that_fails_leaves_nothing_behind(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = command.upgrade

    def fails_at_the_end(*arguments: object) -> None:
        upgrade(*arguments)  # type: ignore[arg-type]  # as it was called
        raise OSError("the power fails")

    monkeypatch.setattr(command, "upgrade", fails_at_the_end)
    with pytest.raises(DatabaseAway, match="the power fails"):
        with_log(database_url, PredictionLog.prepare)
    monkeypatch.undo()
    assert ask(database_url, lambda connection: inspect(connection).get_table_names()) == []
    with_log(database_url, PredictionLog.prepare)


def test_a_database_of_a_newer_weir_is_left_alone(database_url: str) -> None:
    with_log(database_url, PredictionLog.prepare)
    sql = f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"  # noqa: S608 - our own name
    ask(database_url, lambda connection: connection.exec_driver_sql(sql) and None)
    with pytest.raises(DatabaseAway, match=r"9999.*newer Weir"):
        with_log(database_url, PredictionLog.prepare)


def test_the_tables_of_others_are_no_matter(database_url: str) -> None:
    def others(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('of MLflow')")

    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).touch()
    ask(database_url, others)
    with_log(database_url, PredictionLog.prepare)
