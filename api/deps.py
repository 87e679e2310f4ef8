"""What routes depend on, as annotated aliases."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from api.live.hub import Hub
from api.problems import Problem
from api.schemas import MAX_USER_ID
from api.serving import Serving
from stream.adapters.decision_log import DecisionLog
from stream.adapters.prediction_log import PredictionLog
from stream.metrics import Metrics
from stream.pseudonym import Pseudonyms
from stream.reader import Readers
from stream.record import NoRecorder, Recorder


@dataclass(frozen=True)
class Api:
    """What the application is made of; in ``app.state.api`` while it runs.

    Attributes:
        metrics: this process's.
        readers: everything that is read.
        servings: the domains, by name.
        hub: who listens to the events.
        recorder: writes down every score before it is answered.
        log: the record of predictions; None when none is kept.
        decisions: the record of decisions; likewise.
        pseudonyms: what users are called in the record of predictions.
    """

    metrics: Metrics
    readers: Readers
    servings: dict[str, Serving]
    hub: Hub
    recorder: Recorder | NoRecorder
    log: PredictionLog | None
    decisions: DecisionLog | None
    pseudonyms: Pseudonyms


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
        raise unknown_domain(servings)
    return servings[domain]


def unknown_domain(servings: Iterable[str]) -> Problem:
    """Return the answer to who asks for a domain that is not served."""
    valid = sorted(servings)
    detail = f"no such domain; there are: {', '.join(valid)}"
    return Problem("unknown-domain", detail, valid=valid)


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
