"""API keys as they are kept: a name, scopes and a digest each, and never the key itself.

A key is 256 random bits, made by ``api key``. Nobody finds it by trying, however fast the digest
is, so one SHA-256 serves: the slow hashes that passwords need would only make each request dear.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

#: ``read`` asks for what is known, ``predict`` for scores of what the request carries; ``admin``
#: includes both, reads the records and says who predicts.
Scope = Literal["read", "predict", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

#: How every key begins, so that scanners for leaked secrets know one when they see it.
PREFIX = "weir_"

#: How a digest begins; another kind of digest will begin differently.
_HASH = "sha256-"

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DIGEST = re.compile(_HASH + "[0-9a-f]{64}")
_LINES = re.compile(r"[,\n]")

_HINT = (
    "an entry is NAME:SCOPES:HASH or NAME:SCOPES:HASH:UNTIL, and never a key itself; "
    "`api key NAME --scope read` makes a key and its entry"
)


@dataclass(frozen=True)
class ApiKey:
    """Who has a key, and what may be done with it.

    Attributes:
        name: who has it; several keys may have one name, as while it is exchanged.
        scopes: what it is for.
        digest: SHA-256 of the key.
        until: the moment from which on it is not accepted any more; None for never.
    """

    name: str
    scopes: frozenset[Scope]
    digest: bytes
    until: datetime | None = None

    def allows(self, scope: Scope) -> bool:
        """Tell whether this may be done with it."""
        return scope in self.scopes or "admin" in self.scopes

    def accepted(self, now: datetime) -> bool:
        """Tell whether it is still accepted."""
        return self.until is None or now < self.until


def new_key() -> str:
    """Return a key: 256 random bits, as 43 letters behind the prefix."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> bytes:
    """Return what is kept of a key. A header's bytes come as Latin-1, so that is how it is read."""
    return hashlib.sha256(key.encode("latin-1", "replace")).digest()


_DEMO = digest("weir_demo-only-key")


def entry(key: str, name: str, scopes: Iterable[Scope], until: str = "") -> str:
    """Return the entry of a key for ``WEIR_API_KEYS``.

    Raises:
        ValueError: the name, a scope or the date is not valid.

    >>> entry("weir_x", "page", ["read"])[:24]
    'page:read:sha256-e9eb190'
    """
    wanted = frozenset(scopes)
    joined = "+".join(scope for scope in SCOPES if scope in wanted)
    text = f"{name}:{joined}:{_HASH}{digest(key).hex()}" + (f":{until}" if until else "")
    parse_entries(text)
    return text


def parse_entries(text: str) -> tuple[ApiKey, ...]:
    """Return the keys of entries that commas or line ends separate.

    Raises:
        ValueError: one is wrong; the message has its number and not its text, which may be a key.
    """
    lines = [line.strip() for line in _LINES.split(text)]
    keys: list[ApiKey] = []
    for number, line in enumerate(filter(None, lines), 1):
        try:
            keys.append(_parse(line))
        except ValueError as error:
            raise ValueError(f"entry {number} {error}; {_HINT}") from None
        if keys[-1].digest in {key.digest for key in keys[:-1]}:
            raise ValueError(f"entry {number} is of the same key as one before it; {_HINT}")
    return tuple(keys)


def has_demo_key(keys: Iterable[ApiKey]) -> bool:
    """Tell whether the key of demo.env, which everybody knows, is one of them."""
    return any(key.digest == _DEMO for key in keys)


def _parse(line: str) -> ApiKey:
    name, _, rest = line.partition(":")
    joined, _, rest = rest.partition(":")
    hashed, _, until = rest.partition(":")
    if not rest:
        raise ValueError("has not the parts that it must have")
    if not _NAME.fullmatch(name):
        raise ValueError("has a name of other characters than letters, digits, '-', '_' and '.'")
    given = joined.split("+")
    scopes = frozenset(scope for scope in SCOPES if scope in given)
    if len(scopes) != len(given):
        raise ValueError(f"has a scope that is none of {', '.join(SCOPES)}, or one twice")
    if not _DIGEST.fullmatch(hashed):
        raise ValueError(f"has no hash ({_HASH} and 64 hexadecimal digits)")
    return ApiKey(name, scopes, bytes.fromhex(hashed.removeprefix(_HASH)), _moment(until))


def _moment(until: str) -> datetime | None:
    if not until:
        return None
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        raise ValueError("has an end that is no ISO 8601 date, as 2027-01-31 is") from None
    if len(until) == len("2027-01-31"):
        moment += timedelta(days=1)  # a day is meant to its end
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
