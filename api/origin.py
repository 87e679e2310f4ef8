"""From where a browser asks: an API that needs no key must not answer for any page of the web.

A page that somebody looks at can send requests to this machine. It can have its own name point
here (DNS rebinding), and its requests then look as if they came from our page: the header ``Host``
tells. Or it posts to us as it stands, and though it cannot read the answer, a champion may have
been promoted: ``Sec-Fetch-Site`` and ``Origin`` tell.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from api.keys import Keys
from api.problem_kinds import Kind
from api.problems import Problem, problem_response
from stream.metrics import Metrics
from stream.urls import LOOPBACK


class Origin:
    """ASGI middleware.

    Args:
        app: what it wraps.
        keys: without any, only names of this machine are answered to.
        metrics: where those refused are counted.
    """

    def __init__(self, app: ASGIApp, keys: Keys, metrics: Metrics) -> None:
        self._app = app
        self._keys = keys
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http":
            headers: dict[bytes, bytes] = dict(scope["headers"])
            problem = None
            if (
                not self._keys.needed
                and _name(headers.get(b"host", b"").decode("latin-1")) not in LOOPBACK
            ):
                problem = self._problem("host", "wrong-host", _WRONG_HOST)
            elif scope["path"].startswith("/v1") and _is_foreign(headers):
                problem = self._problem("cross_site", "cross-site", _CROSS_SITE)
            if problem:
                await problem_response(scope, problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _problem(self, reason: str, kind: Kind, detail: str) -> Problem:
        self._metrics.count("api_refused_total", 1, reason)
        return Problem(kind, detail)


_WRONG_HOST = (
    "without keys this API answers to localhost, 127.0.0.1 and [::1] only; ask for it by one of "
    "these names, or set WEIR_API_KEYS"
)
_CROSS_SITE = "this is a request of another site's page in a browser, which this API does not serve"


def _name(host: str) -> str:
    """Return a host without its port and brackets.

    >>> _name("[::1]:8000"), _name("LOCALHOST:80"), _name("::1"), _name("127.0.0.1.nip.io")
    ('::1', 'localhost', '', '127.0.0.1.nip.io')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _is_foreign(headers: Mapping[bytes, bytes]) -> bool:
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        # another port of this machine is another origin too, though of the "same-site"
        return site not in {b"same-origin", b"none"}
    origin = headers.get(b"origin")  # browsers send it with what is no GET; scripts do not
    return origin is not None and urlsplit(origin).netloc != headers.get(b"host")
