"""What a database is asked by ``stream doctor``, and that asking changes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stream.adapters import ping_database, schema
from stream.adapters.ping import Unreachable
from stream.adapters.ping_database import DatabaseFacts
from stream.adapters.prediction_log import PredictionLog
from stream.embedded.ports import any_free
from tests.databases import PASSWORD, PostgresServer
from tests.record_parts import prediction, with_log

NEWEST = schema.newest()


async def prepare(log: PredictionLog) -> None:
    await log.append([prediction()])


def test_a_database_that_is_prepared(database_url: str) -> None:
    with_log(database_url, prepare)
    expected = DatabaseFacts(NEWEST, NEWEST, is_known=True, takes_writes=True)
    assert ping_database.database(database_url) == expected


def test_a_database_that_is_empty(postgres: PostgresServer) -> None:
    facts = ping_database.database(postgres.new_database())
    assert facts == DatabaseFacts(None, NEWEST, is_known=True, takes_writes=True)


def test_a_file_that_is_not_there_is_not_made_by_asking(tmp_path: Path) -> None:
    facts = ping_database.database(f"sqlite:///{tmp_path}/not/there/weir.db")
    assert facts == DatabaseFacts(None, NEWEST, is_known=True, takes_writes=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_made_takes_no_writes(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    facts = ping_database.database(f"sqlite:///{tmp_path}/file/weir.db")
    assert facts == DatabaseFacts(None, NEWEST, is_known=True, takes_writes=False)


def test_a_database_of_a_newer_weir(database_url: str, postgres: PostgresServer) -> None:
    with_log(database_url, prepare)
    sql = f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"  # noqa: S608 - our own name
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as other, other:
            other.execute(sql)
    else:
        postgres.sql(sql, database_url.rpartition("/")[2])
    facts = ping_database.database(database_url)
    assert facts == DatabaseFacts("9999", NEWEST, is_known=False, takes_writes=True)


def test_a_standby(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    name = url.rpartition("/")[2]
    postgres.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert not ping_database.database(url).takes_writes


def test_a_file_that_somebody_keeps_locked(tmp_path: Path) -> None:
    path = tmp_path / "weir.db"
    with_log(f"sqlite:///{path}", prepare)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unreachable, match="database is locked"):
            ping_database.database(f"sqlite:///{path}", timeout=0.5)


def test_what_is_not_there_says_so_without_the_password(postgres: PostgresServer) -> None:
    nowhere = postgres.url().replace(str(postgres.port), str(any_free()))
    with pytest.raises(Unreachable) as refused:
        ping_database.database(nowhere)
    assert PASSWORD not in str(refused.value)
    with pytest.raises(Unreachable, match="password authentication failed"):
        ping_database.database(postgres.url().replace("secret", "wrong"))
