"""What URLs of databases and servers may look like, so that it is clear what is the password."""

import re
from urllib.parse import urlsplit

#: Addresses that only this machine reaches.
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

#: One host, as libpq has it.
_HOST = r"(\[[\da-fA-F:.]+\]|[^@/?#:,\[\]]*)(:\d+)?"
#: A URL as libpq has it, with one or several hosts.
_POSTGRES = re.compile(
    rf"postgres(ql)?://([^@/?#]*@)?{_HOST}(,{_HOST})*(/[^@?#]*)?(\?[^@#]*)?", re.ASCII
)
#: A server by HTTP, with or without a path.
_SERVER = re.compile(rf"https?://([^@/?#]*@)?{_HOST}(/[^@?#]*)?", re.ASCII)


def is_database(url: str) -> bool:
    """Tell whether this is an SQLite file or a PostgreSQL."""
    path = url.removeprefix("sqlite:///")
    return path not in {url, "", ":memory:"} or _POSTGRES.fullmatch(url) is not None


def is_mlflow(url: str) -> bool:
    """Tell whether this is an MLflow server, or a database that MLflow can connect to."""
    # MLflow takes an SQLite path for a part of a URL, here and there
    is_odd = url.startswith("sqlite:") and not {"?", "#", "%"}.isdisjoint(url)
    # nor does SQLAlchemy, by which MLflow connects, take libpq's lists of hosts
    has_many = "," in urlsplit(url).netloc.rpartition("@")[2]
    return not (is_odd or has_many) and (is_database(url) or _SERVER.fullmatch(url) is not None)
