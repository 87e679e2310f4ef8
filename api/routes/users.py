"""Current scores of one user, and of many."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.deps import ServingDep, UserIdPath
from api.keys import NeedsRead
from api.openapi import errors
from api.problems import Problem
from api.recording import recorded
from api.schemas import BatchAnswer, BatchRequest, UserScore
from api.scoring import current_scores

router = APIRouter(tags=["scores"], dependencies=[NeedsRead])


@router.get(
    "/v1/{domain}/users/{user_id:path}",
    summary="A user's current score",
    response_model=UserScore,
    response_description="The score, now.",
    responses=errors(401, 403, 404, 422, 429, 503),
)
async def get_user(
    request: Request,
    serving: ServingDep,
    user_id: UserIdPath,
    history: Annotated[
        bool, Query(description="Add the user's snapshots that wait for their label, with scores.")
    ] = False,
) -> Response:
    """Compute a user's score as of the stream's clock, with reasons and rank.

    A user gone silent has a current score too. One whose outcome was reached (`status: ended`)
    has none: there is nothing left to predict.
    """
    found = await current_scores(serving, [user_id], history=history)
    if not found:
        raise Problem(
            "unknown-user",
            f"the stream has seen no event of this user in {serving.domain.name}",
        )
    return await recorded(request, found, found[0].answer)


@router.post(
    "/v1/{domain}/users:batchGet",
    summary="Current scores of many users",
    response_model=BatchAnswer,
    response_description="The scores, now, and the ids that are unknown.",
    responses=errors(401, 403, 404, 413, 422, 429, 503),
)
async def batch_get(request: Request, serving: ServingDep, wanted: BatchRequest) -> Response:
    """Compute the scores of up to 1000 users, as for a single one.

    The number of round trips to Redis does not grow with the number of users.
    """
    user_ids = list(dict.fromkeys(wanted.user_ids))
    scores = await current_scores(serving, user_ids)
    users = [scored.answer for scored in scores]
    found = {user["user_id"] for user in users}
    missing = [user_id for user_id in user_ids if user_id not in found]
    return await recorded(request, scores, {"users": users, "not_found": missing})
