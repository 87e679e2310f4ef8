"""Around every request: its id, its time, its line in the log, and the last line of defence."""

import logging
import re
import secrets
import traceback
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, problem_response
from stream.metrics import Metrics

logger = logging.getLogger(__name__)

#: A request id that a client may choose: nothing that could forge a line in a log.
_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")

#: The status of a request whose client has gone before it had sent it whole: nginx' number.
_GONE = 499


class RequestContext:
    """ASGI middleware, because Starlette's own base class costs more than a score does.

    Args:
        app: what it wraps.
        metrics: where requests are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {}).update(request_id=request_id, started=started)
        status, endless = 0, False

        async def send_with_id(message: Message) -> None:
            nonlocal status, endless
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                if headers.get("content-type", "").startswith("text/event-stream"):
                    # how long somebody listens is no measure of how fast we answer
                    endless = True
                    self._note(scope, status, perf_counter() - started, request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            status = status or _GONE  # nobody is there to be answered
        except Exception as error:  # noqa: BLE001 - a route may raise anything
            # the last line of defence: whatever a route raised, the client gets an answer. The log
            # says what and where, without the message: it may quote something personal
            where = "".join(traceback.format_tb(error.__traceback__))
            what = type(error).__name__
            logger.error("a request failed: %s\n%s", what, where, extra={"request_id": request_id})  # noqa: TRY400 - likewise
            if not status:
                detail = "this is a bug in Weir; its log has more under the request id"
                failed = problem_response(scope, Problem("internal-error", detail))
                await failed(scope, receive, send_with_id)
        finally:
            if not endless:
                self._note(scope, status, perf_counter() - started, request_id)

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        # the template, not the path: a series for each user would be too many
        route = getattr(scope.get("route"), "path_format", None) or "unmatched"
        method = scope["method"]
        self._metrics.count("api_requests_total", 1, method, route, str(status))
        self._metrics.observe("api_seconds", [seconds], route)
        if logger.isEnabledFor(logging.DEBUG):
            ms = round(seconds * 1000, 3)
            fields = {"method": method, "route": route, "status": status, "ms": ms}
            logger.debug(
                "%s %s %d in %.1f ms",
                *fields.values(),
                extra={**fields, "request_id": request_id},
            )


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _ID.fullmatch(given) else secrets.token_hex(8)
