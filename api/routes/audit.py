"""The records of predictions and of decisions, for audit."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import astuple
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec
import orjson
from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.decision_answer import decision_answer
from api.decision_schemas import DecisionRecord
from api.deps import ApiDep
from api.keys import NeedsAdmin
from api.openapi import errors
from api.problems import Problem
from api.respond import answer
from api.schemas import MAX_USER_ID, Record
from api.scoring import iso
from models.contest.decisions import Kind
from models.sanitise import MAX_TS
from stream.adapters.decision_log import DecisionPlace
from stream.record import Place, Prediction

router = APIRouter(tags=["audit"], dependencies=[NeedsAdmin])

T = TypeVar("T")

_Time = Annotated[int, msgspec.Meta(ge=0, lt=MAX_TS)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]

_NO_CURSOR = "not the cursor of an earlier page; leave it out for the first one"


@router.get(
    "/v1/predictions",
    summary="The record of predictions",
    response_model=Record,
    response_description="A page of the record, newest first.",
    responses=errors(401, 403, 404, 422, 429, 503),
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
        raise _no_record()
    page = await api.log.find(
        user_id=None if user_id is None else api.pseudonyms.of(user_id),
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


@router.get(
    "/v1/decisions",
    summary="The record of decisions",
    response_model=DecisionRecord,
    response_description="A page of the record, newest first.",
    responses=errors(401, 403, 404, 422, 429, 503),
)
async def get_decisions(
    api: ApiDep,
    domain: Annotated[str | None, Query(description="Only this domain's.")] = None,
    since: Annotated[
        datetime | None,
        Query(description="Only from this moment on: ISO 8601 (UTC if it does not say)."),
    ] = None,
    until: Annotated[
        datetime | None, Query(description="Only from before this moment, likewise.")
    ] = None,
    kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Decisions a page.")] = 100,
    cursor: Annotated[
        str | None,
        Query(max_length=2000, description="`next` of the page before; without it, the first."),
    ] = None,
) -> Response:
    """List who was promoted, dropped or rolled back, of all domains, with reasons and evidence.

    Decisions are kept for good. They come here some seconds after `GET /v1/{domain}/decisions`.
    """
    if api.decisions is None:
        raise _no_record()
    page = await api.decisions.read(
        domain=domain,
        kind=kind,
        since_ms=_millis(since),
        until_ms=_millis(until),
        limit=limit,
        before=_decision_place(cursor),
    )
    return answer(
        {
            "decisions": [decision_answer(one) for one in page.decisions],
            "next": page.before and _cursor(page.before),
        }
    )


def _no_record() -> Problem:
    return Problem("no-record", "no record is kept (WEIR_DATABASE_URL is none)")


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


def _cursor(place: Place | DecisionPlace) -> str:
    packed = msgspec.json.encode(astuple(place))
    return urlsafe_b64encode(packed).decode().rstrip("=")


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    return Place(*_unpacked(cursor, tuple[_Time, _Number]))


def _decision_place(cursor: str | None) -> DecisionPlace | None:
    if cursor is None:
        return None
    return DecisionPlace(*_unpacked(cursor, tuple[_Time, _Number, str, str]))


def _unpacked(cursor: str, shape: type[T]) -> T:
    try:
        packed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(packed, type=shape)
    except ValueError:  # as msgspec's errors are too
        errors = [{"field": "query.cursor", "message": _NO_CURSOR}]
        raise Problem("invalid-request", f"query.cursor: {_NO_CURSOR}", errors=errors) from None
