"""Short questions to MLflow, a server or its database: are you there, and do you let us in?

They are asked the way the trainer goes (``mlflow_connection``), but without MLflow, whose import
takes seconds. Nothing is created by asking.
"""

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import requests
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from stream.adapters.mlflow_url import SQLITE, absolute, postgres, without_secrets
from stream.adapters.ping import Unreachable
from stream.adapters.ping_database import takes_writes
from stream.adapters.sql_engine import FAILURES, reason
from stream.places import takes_files

_VERSION = re.compile(r"\d+\.\d+[\w.+-]*", re.ASCII)

#: Asks for what a server answers only to those whom it lets in, as it does not with its version.
_EXPERIMENTS = "/api/2.0/mlflow/experiments/search?max_results=1"

#: Of an answer no more is read, bytes, and told, characters.
_READ, _TOLD = 2_000, 80


@dataclass(frozen=True)
class MlflowFacts:
    """What an MLflow says of itself.

    Attributes:
        version: of the server, or of the database's schema; None before MLflow has made its tables.
        takes_writes: whether the database does; a server is not asked.
    """

    version: str | None
    takes_writes: bool = True


def mlflow(url: str, timeout: float = 3.0) -> MlflowFacts:
    """Ask an MLflow for its version.

    Args:
        url: ``http(s)://...``, ``sqlite:///path`` or ``postgresql://...``. An SQLite file that is
            not there is as good as an empty one, when it could be made.
        timeout: in seconds, for each question.

    Raises:
        Unreachable: no answer in time, or it refuses.
    """
    if url.startswith("http"):
        return _server(url.rstrip("/"), timeout)
    try:
        return _database(absolute(url), timeout)
    except FAILURES as error:
        raise Unreachable(reason(error)) from error
    except (ValueError, ArgumentError) as error:
        raise Unreachable("not a URL that SQLAlchemy can read; it takes one host") from error


def _server(url: str, timeout: float) -> MlflowFacts:
    try:
        with requests.Session() as session:
            version = _get(session, f"{url}/version", timeout).strip()
            if not _VERSION.fullmatch(version):
                raise Unreachable("what answers there is not MLflow")
            _get(session, f"{url}{_EXPERIMENTS}", timeout)
    except requests.Timeout as error:
        raise Unreachable(f"no answer within {timeout:g} s") from error
    except (requests.RequestException, ValueError) as error:
        raise Unreachable(without_secrets(_innermost(error))) from error
    return MlflowFacts(version)


def _get(session: requests.Session, url: str, timeout: float) -> str:
    with session.get(url, timeout=timeout, stream=True) as response:
        text = next(response.iter_content(_READ), b"").decode(errors="replace")
    if response.status_code != requests.codes.ok:
        told = text.strip().partition("\n")[0][:_TOLD]
        page = told.startswith("<")
        raise Unreachable(f"it says {response.status_code}: {response.reason if page else told}")
    return text


def _innermost(error: BaseException) -> str:
    """Return why it failed: what is wrapped around it says where, at length."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return str(getattr(error, "strerror", None) or error).rstrip(".") or type(error).__name__


def _database(url: str, patience: float) -> MlflowFacts:
    if url.startswith(SQLITE):
        path = Path(url.removeprefix(SQLITE))
        if not path.exists():
            return MlflowFacts(None, takes_files(path.parent))
        engine = _sqlite(path, patience)
    else:
        engine = postgres(url, round(patience))
    with engine.connect() as connection:
        version = MigrationContext.configure(connection).get_current_revision()
        return MlflowFacts(version, takes_writes(connection))


def _sqlite(path: Path, patience: float) -> Engine:
    def connect() -> sqlite3.Connection:
        # "rw": a file that is taken away this moment is not made anew
        return sqlite3.connect(f"{path.as_uri()}?mode=rw", timeout=patience, uri=True)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)
