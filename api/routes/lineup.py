"""Who predicts: asked for by people, decided by the learner."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.decision_answer import decision_answer, running_answer
from api.decision_schemas import (
    Asked,
    DecisionAnswer,
    DecisionsAnswer,
    ModelChoice,
    RetrainRequest,
)
from api.deps import ServingDep
from api.examples import EXAMPLES
from api.keys import AskerDep, NeedsAdmin, NeedsRead
from api.openapi import errors, problem
from api.problems import Problem
from api.respond import answer
from api.serving import Serving
from models.contest.wishes import Drop, Promote, Rollback, Wish
from stream.retraining.state import Request
from stream.wishing import new_id

router = APIRouter(tags=["models"])

#: Seconds that the learner's decision is waited for.
PATIENCE = 5.0

_WAITING: dict[str, Any] = {
    "model": Asked,
    "description": "No learner has answered within 5 s; it stays asked for until one does.",
}
_REFUSED = {"detail": "forest is no challenger; there are: sgd_logistic"}
_RUNS = {
    "detail": "a retraining runs since 2026-03-02T10:14:31.000Z, asked for by schedule "
    "(reading the log, 40% done)",
    "running": EXAMPLES["ModelAnswer"]["retraining"]["running"],
}
_ERRORS = {
    202: _WAITING,
    **errors(401, 403, 404, 422, 429, 503),
    409: problem(409, "The learner refuses: the answer says why.", "refused", _REFUSED),
}


@router.post(
    "/v1/{domain}/model:promote",
    summary="Let a challenger serve",
    response_model=DecisionAnswer,
    response_description="It serves from now on, on probation.",
    responses=_ERRORS,
    dependencies=[NeedsAdmin],
)
async def promote(serving: ServingDep, by: AskerDep, body: ModelChoice | None = None) -> Response:
    """Let a challenger serve, whatever its contest says; the only one there is by default.

    The champion stays as the former one, goes on learning, and can be gone back to.
    """
    return await _decided(serving, Promote(_id(), by, _model(body)))


@router.post(
    "/v1/{domain}/model:rollback",
    summary="Go back to the former champion",
    response_model=DecisionAnswer,
    response_description="The former champion serves again.",
    responses=_ERRORS,
    dependencies=[NeedsAdmin],
)
async def rollback(serving: ServingDep, by: AskerDep) -> Response:
    """Let the former champion, which has gone on learning, serve again; forget the present one."""
    return await _decided(serving, Rollback(_id(), by))


@router.post(
    "/v1/{domain}/model:drop",
    summary="Let a challenger go",
    response_model=DecisionAnswer,
    response_description="It shadows the champion no more.",
    responses=_ERRORS,
    dependencies=[NeedsAdmin],
)
async def drop(serving: ServingDep, by: AskerDep, body: ModelChoice | None = None) -> Response:
    """Forget a challenger; the only one there is by default."""
    return await _decided(serving, Drop(_id(), by, _model(body)))


@router.post(
    "/v1/{domain}/model:retrain",
    summary="Ask for a retraining",
    status_code=202,
    response_model=Asked,
    response_description="It is asked for; `GET /v1/{domain}/model` tells how it gets on.",
    responses={
        **errors(401, 403, 404, 422, 429, 503),
        409: problem(409, "One is under way: the answer says which.", "retraining-runs", _RUNS),
    },
    dependencies=[NeedsAdmin],
)
async def retrain(
    serving: ServingDep, by: AskerDep, body: RetrainRequest | None = None
) -> Response:
    """Ask for a retraining, in the place of one that is asked for and has not begun.

    What comes of it is a decision (`retrained`, and `challenged` where a candidate is good enough).
    """
    now = int(time.time() * 1000)
    desk = serving.reader.desk
    running = (await desk.retraining(now)).running
    if running is not None:
        told = running_answer(running)
        detail = (
            f"a retraining runs since {told['started_at']}, asked for by {running.by} "
            f"({running.phase}, {running.share:.0%} done)"
        )
        raise Problem("retraining-runs", detail, running=told)
    reason = body.reason if body and body.reason else "asked for"
    request = Request(new_id(now), by, reason, now)
    await desk.ask_retraining(request)
    return _waiting(request.id)


@router.get(
    "/v1/{domain}/decisions",
    summary="The newest decisions",
    response_model=DecisionsAnswer,
    response_description="What was decided lately, and why.",
    responses=errors(401, 403, 404, 422, 429, 503),
    dependencies=[NeedsRead],
)
async def get_decisions(
    serving: ServingDep,
    limit: Annotated[int, Query(ge=1, le=1000, description="The most decisions.")] = 50,
) -> Response:
    """List who was promoted, dropped or rolled back, with the evidence.

    Some ten thousand decisions are kept here; `GET /v1/decisions` has them all.
    """
    newest = await serving.reader.desk.decisions(limit)
    return answer({"decisions": [decision_answer(one) for one in newest]})


async def _decided(serving: Serving, wish: Wish) -> Response:
    decision = await serving.reader.desk.ask(wish, PATIENCE)
    if decision is None:
        return _waiting(wish.id)
    if decision.kind == "refused":
        raise Problem("refused", decision.reason)
    return answer(decision_answer(decision))


def _waiting(asked_for: str) -> Response:
    return answer({"id": asked_for, "status": "waiting"}, status=202)


def _id() -> str:
    return new_id(int(time.time() * 1000))


def _model(body: ModelChoice | None) -> str:
    return body.model or "" if body else ""
