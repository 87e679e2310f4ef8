"""The domains and the models that score them."""

import time

from fastapi import APIRouter
from fastapi.responses import Response

from api.decision_answer import retraining_answer
from api.deps import ApiDep, ServingDep
from api.keys import NeedsRead
from api.lineup_schemas import ModelAnswer
from api.model_answer import feature_rows, model_answer
from api.openapi import errors
from api.respond import answer
from api.schemas import Domains
from stream.retraining.state import present

router = APIRouter(tags=["models"], dependencies=[NeedsRead])


@router.get(
    "/v1/domains",
    summary="The domains",
    response_model=Domains,
    response_description="What is predicted.",
    responses=errors(401, 403, 429),
)
async def get_domains(api: ApiDep) -> Response:
    """List what is predicted here."""
    domains = [serving.domain for serving in api.servings.values()]
    return answer({"domains": [{"name": d.name, "title": d.title} for d in domains]})


@router.get(
    "/v1/{domain}/model",
    summary="The model",
    response_model=ModelAnswer,
    response_description="The model, its figures and its weights.",
    responses=errors(401, 403, 404, 422, 429),
)
async def get_model(serving: ServingDep) -> Response:
    """Describe the model that scores now, and how right it and its challengers have been.

    Figures are prequential: each prediction was made before its label was known, and judged when
    the label came. Weights are for a linear champion, on the log-odds.
    """
    retraining = present(*serving.retraining, int(time.time() * 1000))
    return answer(
        {
            **model_answer(serving),
            "retraining": retraining_answer(retraining),
            "features": feature_rows(serving),
        }
    )
