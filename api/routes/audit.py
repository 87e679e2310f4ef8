"""The record of predictions, for audit."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.deps import ApiDep
from api.keys import NeedsAdminKey
from api.openapi import errors
from api.problems import Problem
from api.respond import answer
from api.schemas import MAX_USER_ID, Record
from api.scoring import iso
from models.sanitise import MAX_TS
from stream.record import Place, Prediction

router = APIRouter(tags=["audit"], dependencies=[NeedsAdminKey])

_NO_CURSOR = "not the cursor of an earlier page; leave it out for the first one"


@router.get(
    "/v1/predictions",
    summary="The record of predictions",
    response_model=Record,
    response_description="A page of the record, newest first.",
    responses=errors(401, 403, 404, 422, 503),
)
async def get_predictions(
    api: ApiDep,
    user_id: Annotated[
        str | None, Query(min_length=1, max_length=MAX_USER_ID, description="Only this user's.")
    ] = None,
    domain: Annotated[str | None, Query(description="Only this domain's.")] = None,
    since: Annotated[
        datetime | None,
        Query(description="Only from this moment on: ISO 8601 (UTC if it does not say)."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Rows a page.")] = 100,
    cursor: Annotated[
        str | None,
        Query(max_length=200, description="`next` of the page before; without it, the first."),
    ] = None,
) -> Response:
    """List the scores that this API has answered, whoever asked, with what they were made of.

    Every score was written down before its answer went out. How long rows are kept is for
    `stream prune` to say.
    """
    if api.log is None:
        raise Problem(404, "no-record", "no record is kept (WEIR_DATABASE_URL is none)")
    page = await api.log.find(
        user_id=user_id,
        domain=domain,
        since_ms=_millis(since),
        limit=limit,
        before=_place(cursor),
    )
    return answer(
        {
            "predictions": [_row(row) for row in page.rows],
            "next": page.before and _cursor(page.before),
        }
    )


def _row(row: Prediction) -> dict[str, Any]:
    return {
        "at": iso(row.at),
        "request_id": row.request_id,
        "domain": row.domain,
        "user_id": row.user_id,
        "input": orjson.Fragment(row.input),
        "score": row.score,
        "model_version": row.model_version,
        "latency_ms": row.latency_ms,
    }


def _millis(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, min(MAX_TS, int(zoned.timestamp() * 1000)))


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(f"{place.at}.{place.id}".encode()).decode().rstrip("=")


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        at, number = map(int, text.split("."))
    except ValueError:
        at = -1
    if not 0 <= at < MAX_TS or not 0 <= number < 2**63:
        errors = [{"field": "query.cursor", "message": _NO_CURSOR}]
        raise Problem(422, "invalid-request", f"query.cursor: {_NO_CURSOR}", errors=errors)
    return Place(at, number)
