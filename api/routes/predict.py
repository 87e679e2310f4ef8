"""Predictions on request: a score from what the request itself carries."""

import asyncio
from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import ServingDep
from api.keys import NeedsPredict
from api.openapi import errors
from api.problems import Problem
from api.recording import recorded
from api.request_body import MOST_EVENTS, MOST_INSTANCES, read_body
from api.schemas import Prediction, Predictions
from api.scoring import SLICE, Scored, score
from models.domain import Domain
from models.fields import Field
from models.life import lived
from models.sanitise import TS_FIELD


def router(domains: Iterable[Domain[Any, Any]]) -> APIRouter:
    """Return the routes, one for each domain, because each is asked in its own words."""
    routes = APIRouter(tags=["scores"], dependencies=[NeedsPredict])
    for domain in domains:
        _add(routes, domain)
    routes.add_api_route(
        "/v1/{domain}/predict", _unknown, methods=["POST"], include_in_schema=False
    )
    return routes


def _add(routes: APIRouter, domain: Domain[Any, Any]) -> None:
    async def predict(request: Request) -> Response:
        serving = request.app.state.api.servings[domain.name]
        cases, many = read_body(domain, await request.body())
        scores: list[Scored] = []
        for case in cases:
            state = lived(domain, case.events)
            user_id = case.events[0].user_id
            # on record are the features, as with a user of the stream, not the request's own words:
            # they may say more of a user than any score needs
            scores.append(score(domain, serving.models, user_id, state, case.at))
            if not len(scores) % SLICE:
                await asyncio.sleep(0)
        answers = [scored.answer for scored in scores]
        return await recorded(request, scores, {"predictions": answers} if many else answers[0])

    routes.add_api_route(
        f"/v1/{domain.name}/predict",
        predict,
        methods=["POST"],
        name=f"predict_{domain.name}",
        summary=f"Predict {domain.title}",
        description=_description(domain),
        response_model=Prediction | Predictions,
        response_description="The score; a list of them for `instances`.",
        responses=errors(401, 403, 413, 422, 429, 503),
        openapi_extra={"requestBody": _request_body(domain)},
    )


async def _unknown(serving: ServingDep) -> Response:
    """Answer for a domain that is not served; the dependency names those that are."""
    raise Problem("unknown-domain", f"{serving.domain.name} has a route of its own")


def _description(domain: Domain[Any, Any]) -> str:
    ways = "by its `events`, in any order"
    if domain.row_fields:
        ways += ", or by a flat row that sums them up"
    return (
        f"Score one user {ways}; or up to {MOST_INSTANCES:,} users, each so described, as "
        f"`instances` (at most {MOST_EVENTS:,} events in all). The score is as of the last event, "
        "or of `as_of`. Nothing is kept of it but the record of predictions."
    )


def _request_body(domain: Domain[Any, Any]) -> dict[str, Any]:
    first = next(iter(domain.sample_events()))
    by_events = {
        "type": "object",
        "title": "By events",
        "required": ["events"],
        "additionalProperties": False,
        "properties": {
            "events": {
                "type": "array",
                "description": "What one user has done, in any order.",
                "minItems": 1,
                "maxItems": MOST_EVENTS,
                "items": _object("Event", domain.fields, more=True),
            },
            "as_of": {
                **TS_FIELD.schema(),
                "type": ["integer", "null"],
                "description": "The moment asked about, ms; by default that of the last event.",
            },
        },
    }
    ways: list[dict[str, Any]] = [by_events]
    examples: dict[str, Any] = {"events": {"value": {"events": [dict(first)]}}}
    if domain.row_fields:
        ways.append(_object("Flat row", domain.row_fields, more=False))
        row = {name: field.example for name, field in domain.row_fields.items()}
        examples |= {"row": {"value": row}, "many": {"value": {"instances": [row]}}}
    many = {
        "type": "object",
        "title": "Many",
        "required": ["instances"],
        "additionalProperties": False,
        "properties": {
            "instances": {
                "type": "array",
                "description": "The users to be scored.",
                "minItems": 1,
                "maxItems": MOST_INSTANCES,
                "items": {"anyOf": ways},
            }
        },
    }
    content = {"schema": {"anyOf": [*ways, many]}, "examples": examples}
    return {"required": True, "content": {"application/json": content}}


def _object(title: str, fields: Any, *, more: bool) -> dict[str, Any]:
    found: dict[str, Field] = dict(fields)
    return {
        "type": "object",
        "title": title,
        "required": [name for name, field in found.items() if field.required],
        "additionalProperties": more,
        "properties": {name: field.schema() for name, field in found.items()},
    }
