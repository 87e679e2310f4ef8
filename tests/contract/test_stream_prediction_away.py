"""The record while its database is locked, gone, refusing or full, on PostgreSQL and SQLite."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from stream.adapters import schema
from stream.adapters.prediction_log import PredictionLog
from stream.record import DatabaseAway
from tests.databases import PASSWORD, PostgresServer
from tests.record_parts import PREDICTION, everything, locked, prediction, with_log


def test_a_lock_of_somebody_else_is_waited_for_and_then_it_is_away(database_url: str) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.prepare()
        async with locked(database_url):
            began = time.monotonic()
            with pytest.raises(DatabaseAway, match=r"locked|no answer in time"):
                await log.append([PREDICTION])
            assert time.monotonic() - began < 3
        await log.append([PREDICTION])
        assert len(await everything(log)) == 1

    with_log(database_url, scenario, patience=0.5)


def test_a_short_lock_is_waited_out(database_url: str) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.prepare()
        async with locked(database_url):
            task = asyncio.create_task(log.append([PREDICTION]))
            await asyncio.sleep(0.3)
            assert not task.done()
        await task

    with_log(database_url, scenario)


def test_a_postgresql_that_comes_back_is_used_again(fresh_postgres: PostgresServer) -> None:
    async def scenario(log: PredictionLog) -> None:
        await asyncio.to_thread(fresh_postgres.stop)
        with pytest.raises(DatabaseAway) as refused:
            await log.append([PREDICTION])
        message = str(refused.value)
        assert message.startswith("the database postgresql://127.0.0.1:")
        assert "stream doctor" in message
        for secret in (PASSWORD, "word%40home"):
            assert secret not in message

        await asyncio.to_thread(fresh_postgres.start)
        await log.append([PREDICTION])  # it was away when the log was made
        for _ in range(3):
            await asyncio.to_thread(fresh_postgres.stop)
            with pytest.raises(DatabaseAway):
                await log.append([PREDICTION])
            await asyncio.to_thread(fresh_postgres.start)
            await log.append([PREDICTION])
        fresh_postgres.process.kill()
        await asyncio.to_thread(fresh_postgres.start)
        await log.append([PREDICTION])  # that it was away meanwhile is not noticed
        assert len(await everything(log)) == 5

    with_log(fresh_postgres.url(), scenario)


def test_a_postgresql_that_lost_everything_is_prepared_anew(postgres: PostgresServer) -> None:
    url = postgres.new_database()

    async def scenario(log: PredictionLog) -> None:
        await log.append([PREDICTION])
        await asyncio.to_thread(
            postgres.sql,
            f"DROP TABLE predictions, decisions, {schema.VERSION_TABLE}",
            url.rpartition("/")[2],
        )
        with pytest.raises(DatabaseAway, match="no tables of Weir"):
            await log.append([PREDICTION])
        await log.append([PREDICTION])
        assert len(await everything(log)) == 1

    with_log(url, scenario)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("weir:a%20secret", "weir:another"), "password authentication failed"),
        (("/postgres", "/no_such_database"), "does not exist"),
        (("@127.0.0.1", "@no-such-host.invalid"), "."),
    ],
)
def test_a_refusal_says_why(postgres: PostgresServer, change: tuple[str, str], reason: str) -> None:
    with pytest.raises(DatabaseAway, match=reason) as refused:
        with_log(postgres.url().replace(*change), PredictionLog.prepare)
    assert "word%40home" not in str(refused.value)


def test_a_standby_is_away(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    with_log(url, PredictionLog.prepare)
    name = url.rpartition("/")[2]
    postgres.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    async def scenario(log: PredictionLog) -> None:
        with pytest.raises(DatabaseAway, match="read-only"):
            await log.append([PREDICTION])

    with_log(url, scenario)


def test_a_directory_is_made_and_one_that_cannot_be_is_away(tmp_path: Path) -> None:
    (tmp_path / "above").touch()
    path = tmp_path / "above" / "below" / "weir.db"

    async def scenario(log: PredictionLog) -> None:
        with pytest.raises(DatabaseAway, match=r"below/weir.db is away \(.*\); see to it"):
            await log.append([PREDICTION])
        (tmp_path / "above").unlink()
        await log.append([PREDICTION])
        assert path.exists()

    with_log(f"sqlite:///{path}", scenario)


def test_a_relative_path_is_where_it_was_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def scenario(log: PredictionLog) -> None:
        monkeypatch.chdir("/")
        await log.append([PREDICTION])

    with_log("sqlite:///here/odd ?#%20 name.db", scenario)
    assert (tmp_path / "here" / "odd ?#%20 name.db").exists()


def test_a_file_that_is_no_database_is_away(tmp_path: Path) -> None:
    (tmp_path / "weir.db").write_text("something else " * 100)
    with pytest.raises(DatabaseAway, match="not a database"):
        with_log(f"sqlite:///{tmp_path}/weir.db", PredictionLog.prepare)


def test_a_file_that_was_moved_away_is_missed_and_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "weir.db"

    async def scenario(log: PredictionLog) -> None:
        await log.append([PREDICTION])
        path.rename(tmp_path / "kept.db")
        with pytest.raises(DatabaseAway, match="no such file"):
            await log.append([PREDICTION])
        await log.append([PREDICTION])
        assert len(await everything(log)) == 1

    with_log(f"sqlite:///{path}", scenario)


def test_a_full_disk_is_away_and_nothing_is_half_written(tmp_path: Path) -> None:
    async def scenario(log: PredictionLog) -> None:
        rows = [prediction(input="x" * 1000)] * 10

        def small(connection: object, _: object) -> None:
            connection.cursor().execute("PRAGMA max_page_count = 40")  # type: ignore[attr-defined]  # a driver's

        event.listen(log.home.database.engine.sync_engine, "connect", small)
        written = 0
        with pytest.raises(DatabaseAway, match="disk is full"):
            for _ in range(100):
                await log.append(rows)
                written += len(rows)
        assert written > 0
        assert len(await everything(log)) == written

    with_log(f"sqlite:///{tmp_path}/weir.db", scenario)


def test_sqlite_keeps_what_it_acknowledged_also_when_the_power_fails(tmp_path: Path) -> None:
    path = tmp_path / "weir.db"

    async def scenario(log: PredictionLog) -> None:
        await log.append([PREDICTION])
        async with log.home.database.engine.connect() as connection:
            level = await connection.exec_driver_sql("PRAGMA synchronous")
            assert level.scalar_one() == 2  # FULL

    with_log(f"sqlite:///{path}", scenario)
    assert path.stat().st_mode & 0o077 == 0  # others need not read it
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
