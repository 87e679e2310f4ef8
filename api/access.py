"""Who may come in: keys and rates, before a byte of a request's body is read."""

import math
from collections import OrderedDict

from starlette.types import ASGIApp, Receive, Scope, Send

from api.keys import ANYONE, Caller, Keys
from api.problem_kinds import Kind
from api.problems import Problem, problem_response
from api.rate import MOST_CLIENTS, Rate, client_of
from stream.api_keys import ApiKey
from stream.metrics import Metrics

#: What needs a key, and is limited; probes, metrics, the page and its documentation are not.
_BEHIND = "/v1"

#: Wrong keys that an address may send at once, and again each second.
_WRONG_KEYS, _WRONG_KEYS_A_SECOND = 10, 0.2


class Access:
    """ASGI middleware: lets a request in under a name, or answers 401 or 429.

    An address that has sent too many wrong keys is not told any more whether one is right, unless
    that very key was right from there before: who shares an address with somebody that keeps
    sending an old key is not shut out with them.

    Args:
        app: what it wraps; it finds a ``Caller`` in ``scope["state"]["caller"]``.
        keys: those that are accepted.
        rate: of each key's holder, or of each address without one.
        metrics: where those refused are counted.
    """

    def __init__(self, app: ASGIApp, keys: Keys, rate: Rate, metrics: Metrics) -> None:
        self._app = app
        self._keys = keys
        self._rate = rate
        self._metrics = metrics
        self._wrong = Rate(_WRONG_KEYS_A_SECOND, _WRONG_KEYS)
        self._known: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        path: str = scope.get("path", "")
        if scope["type"] != "http" or not (path == _BEHIND or path.startswith(_BEHIND + "/")):
            await self._app(scope, receive, send)
            return
        client = client_of((scope.get("client") or ("",))[0])
        try:
            scope["state"]["caller"] = self._caller(_key(scope), client)
        except Problem as problem:
            await problem_response(scope, problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _caller(self, given: str | None, client: str) -> Caller:
        if not self._keys.needed:
            self._limit(("address", client))
            return ANYONE
        if given is None:
            self._limit(("address", client))
            raise self._refused("no_key", "the header X-API-Key is missing; send a key in it")
        key = self._keys.find(given)
        self._guard(key, client)
        if key is None:
            self._wrong.take(client)
            raise self._refused(
                "wrong_key", "the API key is not valid, or not any more; ask for a new one"
            )
        self._limit(("name", key.name))
        return Caller(f"api:{key.name}", frozenset(key.scopes))

    def _guard(self, key: ApiKey | None, client: str) -> None:
        """Refuse an address that tries key after key, before it is told about one more."""
        seen = (client, key.digest) if key else None
        if (wait := self._wrong.wait(client)) and seen not in self._known:
            detail = "too many wrong keys from this address"
            raise self._late("wrong_keys", "too-many-wrong-keys", detail, wait)
        if seen:
            self._known[seen] = None
            self._known.move_to_end(seen)
            if len(self._known) > MOST_CLIENTS:
                self._known.popitem(last=False)

    def _limit(self, client: tuple[str, str]) -> None:
        if wait := self._rate.take(client):
            detail = "you ask more often than this API allows (WEIR_RATE_LIMIT, WEIR_RATE_BURST)"
            raise self._late("rate", "too-many-requests", detail, wait)

    def _late(self, reason: str, kind: Kind, detail: str, wait: float) -> Problem:
        self._metrics.count("api_refused_total", 1, reason)
        seconds = math.ceil(wait)
        detail = f"{detail}; try again in {seconds} s"
        return Problem(kind, detail, {"Retry-After": str(seconds)})

    def _refused(self, reason: str, detail: str) -> Problem:
        self._metrics.count("api_refused_total", 1, reason)
        return Problem("no-valid-key", detail, {"WWW-Authenticate": 'ApiKey realm="weir"'})


def _key(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            key: str = value.decode("latin-1")
            return key
    return None
