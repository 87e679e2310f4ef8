"""What a URL of MLflow means, for those too who do without MLflow: its import takes seconds."""

import re
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

SQLITE = "sqlite:///"

#: User and password of a URL, which messages must not tell.
_SECRET = re.compile(r"(?<=://)[^/@\s]*@")


def absolute(url: str) -> str:
    """Return the URL as MLflow takes it: the same database wherever the process is started."""
    if url.startswith(SQLITE):
        return f"{SQLITE}{Path(url.removeprefix(SQLITE)).absolute()}"
    if url.startswith("postgres://"):  # libpq's other name, which SQLAlchemy does not know
        return url.replace("postgres", "postgresql", 1)
    return url


def postgres(url: str, patience: int) -> Engine:
    """Return what connects to a PostgreSQL; it keeps no connection.

    Args:
        url: ``postgresql://...``.
        patience: seconds to wait for a connection.
    """
    return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": patience})


def without_secrets(text: str) -> str:
    """Return a text without the users and passwords of the URLs in it."""
    return _SECRET.sub("", text)
