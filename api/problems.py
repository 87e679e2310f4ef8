"""Errors as RFC 9457 problem details: one shape for everything that goes wrong."""

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.problem_kinds import KINDS, Kind
from models.errors import BadState
from stream.record import DatabaseAway
from stream.redis_away import RedisAway

MEDIA_TYPE = "application/problem+json"

#: Seconds after which to try again when Redis is away.
RETRY_SECONDS = 2


class Problem(HTTPException):
    """An answer other than the one asked for.

    Args:
        kind: what is wrong, for programs; the HTTP status goes with it.
        detail: one sentence for a person: what is wrong, and what would be right.
        headers: of the response.
        status: the HTTP status, where it is another one than that of the kind.
        more: further members, such as ``valid`` (the valid values).
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        headers: Mapping[str, str] | None = None,
        *,
        status: int | None = None,
        **more: object,
    ) -> None:
        super().__init__(status or KINDS[kind][0], detail, headers)
        self.kind = kind
        self.more = more


def problem_response(scope: Scope, problem: Problem) -> Response:
    """Return a problem as a response to the request of this scope."""
    body = {
        "type": f"urn:weir:problem:{problem.kind}",
        "title": HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": problem.detail,
        "instance": scope["path"],
        "request_id": scope.get("state", {}).get("request_id"),
        **problem.more,
    }
    return Response(orjson.dumps(body), problem.status_code, problem.headers, media_type=MEDIA_TYPE)


async def on_http_error(request: Request, error: HTTPException) -> Response:
    """Answer what a route raised, and the framework's own 404 and 405."""
    if isinstance(error, Problem):
        return problem_response(request.scope, error)
    if error.status_code == 400:  # the framework could not even decode the body
        return _invalid(request, [{"field": "body", "message": "not valid JSON in UTF-8"}])
    kind, detail = _FRAMEWORK.get(error.status_code, ("http-error", error.detail))
    method, path = request.method, request.url.path
    said = detail.format(method=method, path=path)
    problem = Problem(kind, said, error.headers, status=error.status_code)
    return problem_response(request.scope, problem)


_FRAMEWORK: dict[int, tuple[Kind, str]] = {
    404: ("unknown-route", "there is nothing at {path}; /docs lists what there is"),
    405: ("wrong-method", "{path} does not answer {method}; the header Allow says what it does"),
}


async def on_invalid_request(request: Request, error: RequestValidationError) -> Response:
    """Answer a request with wrong parameters: every wrong field, and what is valid there."""
    return _invalid(request, [_field_error(one) for one in error.errors()])


def _invalid(request: Request, errors: list[dict[str, str]]) -> Response:
    detail = "; ".join(f"{e['field']}: {e['message']}" for e in errors[:10])
    return problem_response(request.scope, Problem("invalid-request", detail, errors=errors))


def _field_error(error: Mapping[str, Any]) -> dict[str, str]:
    # never the input itself: it may be personal
    if error["type"] == "json_invalid":
        why, at = error["ctx"]["error"], error["loc"][-1]
        return {"field": "body", "message": f"not valid JSON: {why} (character {at})"}
    return {"field": ".".join(str(part) for part in error["loc"]), "message": error["msg"]}


async def on_redis_away(request: Request, error: RedisAway) -> Response:
    """Answer while Redis is away."""
    return problem_response(
        request.scope,
        Problem(
            "redis-unavailable",
            f"{error}; try again in {RETRY_SECONDS} s",
            {"Retry-After": str(RETRY_SECONDS)},
            service="redis",
        ),
    )


async def on_database_away(request: Request, error: DatabaseAway) -> Response:
    """Answer while scores cannot be recorded: what is not on record is not answered."""
    return problem_response(
        request.scope,
        Problem(
            "database-unavailable",
            f"{error}; try again in {RETRY_SECONDS} s",
            {"Retry-After": str(RETRY_SECONDS)},
            service="database",
        ),
    )


async def on_bad_state(request: Request, error: BadState) -> Response:
    """Answer when a state was written by another version of Weir."""
    problem = Problem("unreadable-state", f"{error}; run workers and API of one version")
    return problem_response(request.scope, problem)


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    HTTPException: on_http_error,
    RequestValidationError: on_invalid_request,
    RedisAway: on_redis_away,
    DatabaseAway: on_database_away,
    BadState: on_bad_state,
}
