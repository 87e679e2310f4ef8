"""Whether the world still is as the models have learnt it."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.deps import ServingDep
from api.drift_answer import alarm_answer, drift_answer
from api.drift_schemas import DriftAnswer
from api.keys import NeedsRead
from api.openapi import errors
from api.respond import answer
from stream.glimpse import decode_alarm

router = APIRouter(tags=["models"], dependencies=[NeedsRead])


@router.get(
    "/v1/{domain}/drift",
    summary="Drift and alarms",
    response_model=DriftAnswer,
    response_description="What is watched, how it stands, and the alarms so far.",
    responses=errors(401, 403, 404, 422, 429, 503),
)
async def get_drift(serving: ServingDep) -> Response:
    """Tell whether predictions, outcomes and data are still as they were.

    Signals (the champion's loss, its calibration, the base rate) are watched as labels come;
    features and scores as snapshots are taken, against a reference that is pinned when a champion
    is promoted. `estimated` is how right the newest scores should be, before their labels come.
    Every shift is one alarm; `GET /v1/events` sends them as they happen.
    """
    watched = await serving.reader.watched()
    alarms = [alarm_answer(decode_alarm(raw)) for raw in watched.alarms]
    return answer({**drift_answer(serving, watched), "alarms": alarms})
