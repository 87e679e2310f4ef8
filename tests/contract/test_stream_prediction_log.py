"""What the record relies on in a database, on a real PostgreSQL and on SQLite."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, inspect

from stream.adapters import schema
from stream.adapters.prediction_log import PredictionLog
from stream.adapters.prediction_table import metadata
from stream.adapters.sql_engine import Database
from stream.record import DatabaseAway, Place
from tests.databases import PASSWORD, PostgresServer
from tests.record_parts import PREDICTION, everything, locked, prediction, with_log

T = TypeVar("T")

#: Of all Unicode, also what neither UTF-8 nor PostgreSQL can hold.
ANY_TEXT = st.text(st.characters(exclude_categories=[]))


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


def fit(text: str) -> str:
    unfit = {0, *range(0xD800, 0xE000)}
    return "".join("\ufffd" if ord(letter) in unfit else letter for letter in text)


async def prepare(log: PredictionLog) -> None:
    await log.prepare()


# the schema


def test_the_migrations_make_what_the_code_expects(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"version_table": schema.VERSION_TABLE}
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        )

    with_log(database_url, prepare)
    assert ask(database_url, differences) == []
    assert ask(database_url, schema.version) == schema.newest()


def test_every_migration_can_be_taken_back_and_made_again(database_url: str) -> None:
    def tables(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    with_log(database_url, prepare)
    ask(database_url, lambda connection: command.downgrade(schema.config(connection), "base"))
    assert ask(database_url, tables) == {schema.VERSION_TABLE}
    assert ask(database_url, schema.version) is None
    with_log(database_url, prepare)
    assert ask(database_url, tables) == {schema.VERSION_TABLE, "predictions"}


def test_a_migration_that_fails_leaves_nothing_behind(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = command.upgrade

    def fails_at_the_end(*arguments: object) -> None:
        upgrade(*arguments)  # type: ignore[arg-type]  # as it was called
        raise OSError("the power fails")

    monkeypatch.setattr(command, "upgrade", fails_at_the_end)
    with pytest.raises(DatabaseAway, match="the power fails"):
        with_log(database_url, prepare)
    monkeypatch.undo()
    assert ask(database_url, lambda connection: inspect(connection).get_table_names()) == []
    with_log(database_url, prepare)


def test_a_database_of_a_newer_weir_is_left_alone(database_url: str) -> None:
    with_log(database_url, prepare)
    sql = f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"  # noqa: S608 - our own name
    ask(database_url, lambda connection: connection.exec_driver_sql(sql) and None)
    with pytest.raises(DatabaseAway, match=r"9999.*newer Weir"):
        with_log(database_url, prepare)


def test_the_tables_of_others_are_no_matter(database_url: str) -> None:
    def others(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('of MLflow')")

    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).touch()
    ask(database_url, others)
    with_log(database_url, prepare)


# rows


def test_what_is_appended_is_found(database_url: str) -> None:
    rows = [PREDICTION, prediction(user_id="2", score=None, model_version=None, latency_ms=0.1)]

    async def scenario(log: PredictionLog) -> None:
        await log.append(rows)  # which prepares the database, too
        assert await everything(log) == rows[::-1]

    async def again(log: PredictionLog) -> None:
        assert await everything(log) == rows[::-1]

    with_log(database_url, scenario)
    with_log(database_url, again)


def test_an_empty_database_has_no_rows(database_url: str) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.ping()
        page = await log.find()
        assert (page.rows, page.before) == ([], None)
        assert await log.count_older(2**62) == 0
        assert await log.prune(2**62, 10) == 0

    with_log(database_url, scenario)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "a\0b",
        "\ud800",
        "\ud83d\ude00",  # a pair, not joined
        "\U0001f600 é \uffff \u202e",
        "'; DROP TABLE predictions; --",
        "%s :user ? $1 \\",
        "x" * 300_000,
        "\U0001f600" * 300_000,
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_no_row_is_refused_for_what_it_says(database_url: str, text: str) -> None:
    row = prediction(request_id=text, domain=text, input=text, model_version=text)

    async def scenario(log: PredictionLog) -> None:
        await log.append([PREDICTION, row, PREDICTION])
        clean = fit(text)
        expected = prediction(request_id=clean, domain=clean, input=clean, model_version=clean)
        assert await everything(log, domain=text) == [expected]
        assert len(await everything(log)) == 3

    with_log(database_url, scenario)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(texts=st.lists(ANY_TEXT, min_size=1))
def test_any_text_is_kept_as_far_as_it_can_be(database_url: str, texts: list[str]) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.prepare()
        await log.prune(2**62, 1000)
        await log.append([prediction(input=text, user_id=text) for text in texts])
        rows = await everything(log)
        assert [(row.input, row.user_id) for row in rows] == [(fit(t), fit(t)) for t in texts][::-1]

    with_log(database_url, scenario)


def test_a_user_id_of_any_length_is_told_from_others(database_url: str) -> None:
    alike = ["u" * 300_000 + end for end in "ab"]

    async def scenario(log: PredictionLog) -> None:
        await log.append([prediction(user_id=user) for user in ["u" * 512, *alike]])
        for user in ["u" * 512, *alike]:
            [row] = await everything(log, user_id=user)
            assert row.user_id.startswith("u" * 256)

    with_log(database_url, scenario)


@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_no_number_is_none(database_url: str, score: float) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.append([prediction(score=score)])
        assert await everything(log) == [prediction(score=None)]

    with_log(database_url, scenario)


def test_many_rows_are_one_transaction(database_url: str) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.append([prediction(at=at) for at in range(5_000)])
        broken = prediction(at=None)
        with pytest.raises(DatabaseAway):
            await log.append([*[prediction(at=9_999)] * 5_000, broken])
        assert [row.at for row in await everything(log)] == list(range(5_000))[::-1]

    with_log(database_url, scenario)


# reading


def test_pages_go_back_in_time_without_gaps_or_repeats(database_url: str) -> None:
    rows = [prediction(at=at, request_id=str(n)) for n, at in enumerate([5, 5, 5, 5, 7, 7, 3, 5])]

    async def scenario(log: PredictionLog) -> None:
        await log.append(rows)
        found, before, pages = [], None, 0
        while pages == 0 or before:
            page = await log.find(limit=3, before=before)
            if pages == 0:  # what comes meanwhile is on no later page
                await log.append([prediction(at=9), prediction(at=7)])
            found += [(row.at, row.request_id) for row in page.rows]
            before, pages = page.before, pages + 1
        assert pages == 3
        expected = sorted(enumerate(rows), key=lambda item: (item[1].at, item[0]), reverse=True)
        assert found == [(row.at, row.request_id) for _, row in expected]

    with_log(database_url, scenario)


def test_a_full_last_page_is_the_last(database_url: str) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.append([prediction(at=at) for at in range(4)])
        first = await log.find(limit=2)
        assert isinstance(first.before, Place)
        second = await log.find(limit=2, before=first.before)
        assert ([row.at for row in second.rows], second.before) == ([1, 0], None)

    with_log(database_url, scenario)


def test_users_domains_and_times_are_apart(database_url: str) -> None:
    rows = [
        prediction(user_id=user, domain=domain, at=at)
        for user in ("a", "b")
        for domain in ("churn", "revenue")
        for at in (10, 20)
    ]

    async def scenario(log: PredictionLog) -> None:
        await log.append(rows)
        assert len(await everything(log, user_id="a")) == 4
        assert len(await everything(log, domain="churn")) == 4
        assert len(await everything(log, since_ms=20)) == 4
        found = await everything(log, user_id="a", domain="revenue", since_ms=11)
        assert found == [prediction(user_id="a", domain="revenue", at=20)]
        assert await everything(log, user_id="nobody") == []

    with_log(database_url, scenario)


# pruning


def test_the_oldest_go_first_and_no_newer_ones(database_url: str) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.append([prediction(at=at) for at in (4, 1, 3, 2, 5)])
        assert await log.count_older(4) == 3
        assert await log.prune(4, 2) == 2
        assert [row.at for row in await everything(log)] == [5, 4, 3]
        assert await log.prune(4, 2) == 1
        assert await log.prune(4, 2) == await log.count_older(4) == 0
        assert [row.at for row in await everything(log)] == [5, 4]

    with_log(database_url, scenario)


# a database that is not there


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
            postgres.sql, f"DROP TABLE predictions, {schema.VERSION_TABLE}", url.rpartition("/")[2]
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
        with_log(postgres.url().replace(*change), prepare)
    assert "word%40home" not in str(refused.value)


def test_a_standby_is_away(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    with_log(url, prepare)
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
        with_log(f"sqlite:///{tmp_path}/weir.db", prepare)


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

        event.listen(log._database.engine.sync_engine, "connect", small)
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
        async with log._database.engine.connect() as connection:
            level = await connection.exec_driver_sql("PRAGMA synchronous")
            assert level.scalar_one() == 2  # FULL

    with_log(f"sqlite:///{path}", scenario)
    assert path.stat().st_mode & 0o077 == 0  # others need not read it
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
