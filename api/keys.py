"""API keys: which are accepted, who has them, and what each is for."""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, SecurityScopes

from api.problems import Problem
from stream.api_keys import SCOPES, ApiKey, digest

_header = APIKeyHeader(
    name="X-API-Key",
    auto_error=False,
    description="A key that `WEIR_API_KEYS` has an entry of. Each operation names the scope that "
    "it needs: `read`, `predict`, or `admin`, which includes both. Not needed when no key is set; "
    "the API then listens on loopback only.",
)


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        name: as decisions name them.
        scopes: what they may do; ``admin`` includes everything.
    """

    name: str
    scopes: frozenset[str]

    def allows(self, scope: str) -> bool:
        """Tell whether they may do this."""
        return scope in self.scopes or "admin" in self.scopes


#: Anyone, where no keys are needed.
ANYONE = Caller("api", frozenset(SCOPES))


class Keys:
    """The keys that are accepted; without any, everyone is.

    A key is looked up by its digest in a dict. How long that takes may tell something about the
    digest of what was sent, but nothing about a key: who sends a guess cannot choose its SHA-256,
    so cannot come closer step by step, as with a comparison of the keys themselves.

    Args:
        keys: from the settings.
    """

    def __init__(self, keys: Iterable[ApiKey]) -> None:
        self._by_digest: dict[bytes, ApiKey] = {}
        self.replace(keys)
        #: Whether a key is needed; where it once is it stays so, though all be revoked.
        self.needed = bool(self._by_digest)

    def find(self, key: str | None) -> ApiKey | None:
        """Return what is known of a key that is accepted now, else None."""
        known = self._by_digest.get(digest(key)) if key else None
        return known if known and known.accepted(_now()) else None

    def replace(self, keys: Iterable[ApiKey]) -> None:
        """Accept these keys from now on, and no others."""
        self._by_digest = {key.digest: key for key in keys}

    def accepted(self) -> Collection[ApiKey]:
        """Return the keys that are accepted now."""
        now = _now()
        return {key for key in self._by_digest.values() if key.accepted(now)}


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


async def _require(
    request: Request, scopes: SecurityScopes, _key: Annotated[str | None, Security(_header)]
) -> None:
    """Refuse a caller whose key is not for this; whether it is a key, ``api.access`` has seen.

    Raises:
        Problem: 403.
    """
    caller: Caller = request.scope["state"]["caller"]
    for scope in scopes.scopes:
        if not caller.allows(scope):
            request.app.state.api.metrics.count("api_refused_total", 1, "scope")
            raise Problem(
                "lacking-scope",
                f"this needs a key with the scope {scope}; yours has "
                f"{', '.join(sorted(caller.scopes))}",
                needed=scope,
            )


async def _asker(request: Request) -> str:
    """Return who asks, as decisions name them."""
    caller: Caller = request.scope["state"]["caller"]
    return caller.name


AskerDep = Annotated[str, Depends(_asker)]
NeedsRead = Security(_require, scopes=["read"])
NeedsPredict = Security(_require, scopes=["predict"])
NeedsAdmin = Security(_require, scopes=["admin"])
