"""API keys: the header X-API-Key, compared in constant time."""

import hashlib
import hmac
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader

from api.problems import Problem
from stream.settings import Settings

_header = APIKeyHeader(
    name="X-API-Key",
    auto_error=False,
    description="One of `WEIR_API_KEYS`. Not needed when none is set; the API then listens on "
    "loopback only.",
)


class Keys:
    """The keys that are accepted; none accepts everyone.

    Only digests are kept and compared: they are all of one length, so that not even the length
    of a key can be measured.
    """

    def __init__(self, settings: Settings) -> None:
        self._admins = [_digest(key.get_secret_value().encode()) for key in settings.admin_keys]
        self._users = [_digest(key.get_secret_value().encode()) for key in settings.api_keys]

    def accept(self, key: str | None) -> bool:
        """Tell whether this is one of the keys; every key is compared, whichever it is."""
        return _matches(key, [*self._users, *self._admins]) or not self._users

    def accept_admin(self, key: str | None) -> bool:
        """Tell whether this is one of the admin keys.

        Without any, nobody is admin where keys are needed, and everybody where none are.
        """
        if not self._admins:
            return not self._users
        return _matches(key, self._admins)


def _matches(key: str | None, digests: list[bytes]) -> bool:
    given = _digest((key or "").encode("latin-1", "replace"))
    matches = [hmac.compare_digest(given, digest) for digest in digests]
    return any(matches)


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


async def require_key(request: Request, key: Annotated[str | None, Security(_header)]) -> None:
    """Refuse a request without a valid key.

    Raises:
        Problem: 401.
    """
    keys: Keys = request.app.state.api.keys
    if not keys.accept(key):
        what = "the header X-API-Key is missing" if key is None else "the API key is not valid"
        raise Problem(
            401,
            "no-valid-key",
            f"{what}; send one of the keys that the API was started with (WEIR_API_KEYS)",
            {"WWW-Authenticate": 'ApiKey realm="weir"'},
        )


async def require_admin_key(
    request: Request, key: Annotated[str | None, Security(_header)]
) -> None:
    """Refuse a request without an admin key.

    Raises:
        Problem: 401 without a valid key, 403 with one that is no admin key.
    """
    keys: Keys = request.app.state.api.keys
    if keys.accept_admin(key):
        return
    await require_key(request, key)
    raise Problem(
        403,
        "no-admin-key",
        "this needs an admin key; send one of those that the API was started with "
        "(WEIR_ADMIN_KEYS)",
    )


async def _asker(request: Request) -> str:
    """Return who asks, as decisions name them: by their key's digest, and never by the key."""
    key = request.headers.get("X-API-Key")
    return f"api:{_digest(key.encode('latin-1')).hex()[:8]}" if key else "api"


AskerDep = Annotated[str, Depends(_asker)]
NeedsKey = Depends(require_key)
NeedsAdminKey = Depends(require_admin_key)
