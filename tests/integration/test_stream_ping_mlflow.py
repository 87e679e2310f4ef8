"""What MLflow is asked by ``stream doctor``; test_stream_tracking_runs.py asks a real server."""

import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from stream.adapters.ping import Unreachable
from stream.adapters.ping_mlflow import MlflowFacts, mlflow
from stream.embedded.ports import any_free
from tests.databases import PASSWORD, PostgresServer

#: Status and body of each path.
Answers = dict[str, tuple[int, bytes]]

EXPERIMENTS = "/api/2.0/mlflow/experiments/search?max_results=1"
WELL: Answers = {"/version": (200, b"3.17.2"), EXPERIMENTS: (200, b"{}")}


@pytest.fixture
def serve() -> Iterator[Callable[[Answers], str]]:
    """Starts what answers as told, and to "/silent" never; returns its host and port."""
    servers: list[tuple[ThreadingHTTPServer, Thread]] = []
    ended = Event()

    def start(answers: Answers) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/silent"):
                    ended.wait()
                status, body = answers.get(self.path, (404, b""))
                if self.path.startswith("/closed"):
                    secret = b"Basic " + b64encode(b"weir:secret word")
                    if self.headers["Authorization"] != secret.decode():
                        status, body = 401, b"You are not authenticated."
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"127.0.0.1:{server.server_port}"

    yield start
    ended.set()
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_server(serve: Callable[[Answers], str]) -> None:
    address = serve(WELL | {f"/at{path}": answer for path, answer in WELL.items()})
    for url in (f"http://{address}", f"http://{address}/", f"http://{address}/at"):
        assert mlflow(url) == MlflowFacts("3.17.2")


def test_a_server_is_given_user_and_password(serve: Callable[[Answers], str]) -> None:
    address = serve({f"/closed{path}": answer for path, answer in WELL.items()})
    assert mlflow(f"http://weir:secret%20word@{address}/closed") == MlflowFacts("3.17.2")
    with pytest.raises(Unreachable, match=r"^it says 401: You are not authenticated\.$"):
        mlflow(f"http://{address}/closed")


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"/version": (200, b"<html>Please log in</html>")}, "what answers there is not MLflow"),
        ({}, "it says 404: "),
        (WELL | {"/version": (502, b"<html>")}, "it says 502: Bad Gateway"),
        (WELL | {EXPERIMENTS: (403, b"Invalid Host header\nmore")}, "403: Invalid Host header$"),
    ],
)
def test_a_server_that_is_none_or_refuses_us(
    serve: Callable[[Answers], str], answers: Answers, why: str
) -> None:
    with pytest.raises(Unreachable, match=why):
        mlflow(f"http://{serve(answers)}")


def test_a_server_that_does_not_answer(serve: Callable[[Answers], str]) -> None:
    with pytest.raises(Unreachable, match=r"^no answer within 0\.3 s$"):
        mlflow(f"http://{serve(WELL)}/silent", timeout=0.3)
    with pytest.raises(Unreachable, match=r"^Connection refused$"):
        mlflow(f"http://127.0.0.1:{any_free()}")


@pytest.mark.parametrize(
    "url",
    [
        "http://weir:secret-word@",
        "http://weir:secret-word@127.0.0.1:99999",
        f"http://weir:secret-word@{'a' * 70}",
        "postgresql://weir:secret-word@h1:1,h2:2/db",
    ],
)
def test_a_url_that_leads_nowhere_is_told_without_the_password(url: str) -> None:
    with pytest.raises(Unreachable) as refused:
        mlflow(url)
    assert "secret-word" not in str(refused.value)


def test_a_file_that_is_not_there_is_not_made_by_asking(tmp_path: Path) -> None:
    assert mlflow(f"sqlite:///{tmp_path}/not/there/mlflow.db") == MlflowFacts(None)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_made_takes_no_writes(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not mlflow(f"sqlite:///{tmp_path}/file/mlflow.db").takes_writes


def test_a_file_that_is_none_of_sqlite(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("nothing that SQLite knows" * 100)
    with pytest.raises(Unreachable, match="file is not a database"):
        mlflow(f"sqlite:///{tmp_path}/mlflow.db")


def test_a_file_that_somebody_keeps_locked(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE alembic_version (version_num text)")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unreachable, match="database is locked"):
            mlflow(f"sqlite:///{path}", timeout=0.3)
    assert mlflow(f"sqlite:///{path}") == MlflowFacts(None)


def test_a_postgresql(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    assert mlflow(url) == MlflowFacts(None)
    assert mlflow(url.replace("postgresql:", "postgres:")) == MlflowFacts(None)
    name = url.rpartition("/")[2]
    postgres.sql("CREATE TABLE alembic_version (version_num text)", name)
    postgres.sql("INSERT INTO alembic_version VALUES ('dc11')", name)
    assert mlflow(url) == MlflowFacts("dc11")
    postgres.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert mlflow(url) == MlflowFacts("dc11", takes_writes=False)


def test_a_postgresql_that_is_not_there_or_refuses_us(postgres: PostgresServer) -> None:
    with pytest.raises(Unreachable, match="Connection refused") as refused:
        mlflow(postgres.url().replace(str(postgres.port), str(any_free())))
    assert PASSWORD not in str(refused.value)
    with pytest.raises(Unreachable, match="password authentication failed"):
        mlflow(postgres.url().replace("secret", "wrong"))
