"""What routes depend on, as annotated aliases."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from api.keys import Keys
from api.problems import Problem
from api.schemas import MAX_USER_ID
from api.serving import Serving
from stream.adapters.prediction_log import PredictionLog
from stream.metrics import Metrics
from stream.reader import Readers
from stream.record import NoRecorder, Recorder


@dataclass(frozen=True)
class Api:
    """What the application is made of; in ``app.state.api`` while it runs.

    Attributes:
        keys: who may ask.
        metrics: this process's.
        readers: everything that is read.
        servings: the domains, by name.
        recorder: writes down every score before it is answered.
        log: the record; None when none is kept.
    """

    keys: Keys
    metrics: Metrics
    readers: Readers
    servings: dict[str, Serving]
    recorder: Recorder | NoRecorder
    log: PredictionLog | None


async def _api(request: Request) -> Api:
    api: Api = request.app.state.api
    return api


async def _serving(
    request: Request,
    domain: Annotated[
        str, Path(description="What is predicted; `/v1/domains` lists them.", examples=["churn"])
    ],
) -> Serving:
    servings: dict[str, Serving] = request.app.state.api.servings
    if domain not in servings:
        valid = sorted(servings)
        raise Problem(
            404, "unknown-domain", f"no such domain; there are: {', '.join(valid)}", valid=valid
        )
    return servings[domain]


ApiDep = Annotated[Api, Depends(_api)]
ServingDep = Annotated[Serving, Depends(_serving)]
UserIdPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=MAX_USER_ID,
        description="The user, percent-encoded.",
        examples=["1001"],
    ),
]
