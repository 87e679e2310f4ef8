"""The ranking of all users."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.deps import ServingDep
from api.keys import NeedsRead
from api.openapi import errors
from api.problems import Problem
from api.recording import recorded
from api.schemas import Ranking
from api.scoring import Scored, current_scores, iso, past_scores

router = APIRouter(tags=["scores"], dependencies=[NeedsRead])

#: With reasons every row is computed anew, with history more is read, so there are fewer a page.
MAX_WITH_MORE = 100

_NO_CURSOR = "not the cursor of an earlier page in this order; leave it out for the first page"


@router.get(
    "/v1/{domain}/users",
    summary="The ranking",
    response_model=Ranking,
    response_description="A page of the ranking.",
    responses=errors(401, 403, 404, 422, 429, 503),
)
async def get_ranking(
    request: Request,
    serving: ServingDep,
    limit: Annotated[int, Query(ge=1, le=1000, description="Rows a page.")] = 20,
    order: Annotated[
        Literal["desc", "asc"], Query(description="`desc`: the highest score first.")
    ] = "desc",
    cursor: Annotated[
        str | None,
        Query(max_length=8192, description="`next` of the page before; without it, the first."),
    ] = None,
    reasons: Annotated[
        bool,
        Query(description="Add each user's current score with reasons; `limit` is then 1 to 100."),
    ] = False,
    history: Annotated[
        bool,
        Query(
            description="Add each user's snapshots that wait for their label, with scores (with "
            "`reasons`, inside `current`); `limit` is then 1 to 100."
        ),
    ] = False,
) -> Response:
    """List users by their score, as last scored by the stream.

    That was at the user's last event or daily snapshot, so a row may differ a little from the
    current score. Users whose outcome was reached are not ranked. While the stream moves, a user
    may come twice or not at all from one page to the next.
    """
    if (reasons or history) and limit > MAX_WITH_MORE:
        wanted = "reasons" if reasons else "history"
        raise _invalid("query.limit", f"with {wanted}=true at most {MAX_WITH_MORE}")
    position = serving.position
    starts = _starts(cursor, order, position.partitions)
    page = await serving.reader.ranking(starts, limit, descending=order == "desc")
    rows: list[dict[str, Any]] = [
        {"rank": rank, "user_id": user_id, "score": score}
        for rank, (user_id, score) in enumerate(page.rows, page.first)
    ]
    name = serving.domain.name
    scores = [
        # the score is the stream's; the record of its version is the scores topic
        Scored({"domain": name, "model_version": None, **row}, {"rank": row["rank"]})
        for row in rows
    ]
    user_ids = [row["user_id"] for row in rows]
    if reasons:
        now = await current_scores(serving, user_ids, history=history)
        by_id = {scored.answer["user_id"]: scored.answer for scored in now}
        rows = [row | {"current": by_id.get(row["user_id"])} for row in rows]
        scores += now
    elif history:
        known = await serving.reader.users(user_ids, position.partitions, with_pending=True)
        rows = [
            # who has left meanwhile has nothing that waits
            row | {"history": past_scores(known[u].pending if u in known else ())}
            for u, row in zip(user_ids, rows, strict=True)
        ]
    return await recorded(
        request,
        scores,
        {
            "domain": name,
            "order": order,
            "as_of": iso(position.clock) if position.clock else None,
            "total": page.total,
            "users": rows,
            "next": page.after and _cursor(order, page.after),
        },
    )


def _cursor(order: str, after: tuple[int, ...]) -> str:
    """Return how many rows of each partition have been given, opaque to clients."""
    text = f"{order}:{'.'.join(map(str, after))}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _starts(cursor: str | None, order: str, partitions: int) -> tuple[int, ...]:
    if cursor is None:
        return (0,) * partitions
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        kind, _, numbers = text.partition(":")
        starts = tuple(int(number) for number in numbers.split("."))
    except ValueError:
        raise _invalid("query.cursor", _NO_CURSOR) from None
    if kind != order or len(starts) != partitions or not all(0 <= n < 2**53 for n in starts):
        raise _invalid("query.cursor", _NO_CURSOR)
    return starts


def _invalid(field: str, message: str) -> Problem:
    errors = [{"field": field, "message": message}]
    return Problem("invalid-request", f"{field}: {message}", errors=errors)
