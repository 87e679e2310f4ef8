"""The OpenAPI description: what FastAPI finds out, plus the errors, which it does not know."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from api.examples import EXAMPLES
from api.live.schemas import EVENTS
from api.problems import MEDIA_TYPE
from api.schemas import ProblemDetails

DESCRIPTION = """
Current scores of users whose events Weir reads from Kafka: computed when asked, from the user's
state at the stream's clock, with reasons; and scores from what a request itself carries. Every
answered score is on record first. Errors are problem details (RFC 9457). Every response
has a header `X-Request-ID`; a request may choose it.
"""

TAGS = [
    {"name": "scores", "description": "Current scores, and the ranking of all users."},
    {
        "name": "audit",
        "description": "What was answered, and decided; needs a key with the scope `admin`.",
    },
    {"name": "models", "description": "What predicts, how right it has been, and who decides."},
    {"name": "live", "description": "What happens, as it happens."},
    {"name": "operations", "description": "For probes and monitoring; no key needed."},
]

_EXAMPLES: dict[int, tuple[str, dict[str, Any]]] = {
    401: ("no-valid-key", {"detail": "the header X-API-Key is missing; send one of the keys"}),
    403: (
        "lacking-scope",
        {"detail": "this needs a key with the scope admin; yours has read", "needed": "admin"},
    ),
    404: (
        "unknown-user",
        {"detail": "the stream has seen no event of this user"},
    ),
    413: ("too-large", {"detail": "the body is too large; ask for fewer users at once"}),
    422: (
        "invalid-request",
        {
            "detail": "query.limit: Input should be less than or equal to 1000",
            "errors": [
                {
                    "field": "query.limit",
                    "message": "Input should be less than or equal to 1000",
                }
            ],
        },
    ),
    429: (
        "too-many-requests",
        {"detail": "you ask more often than this API allows; try again in 1 s"},
    ),
    503: (
        "redis-unavailable",
        {"detail": "Redis does not answer; try again in 2 s", "service": "redis"},
    ),
}

_MEANINGS = {
    401: "No key, or none that is accepted.",
    403: "The key lacks the scope that is needed, or the request is of another site's page.",
    404: "No such domain (the answer names those there are), or no such user.",
    413: "The body is too large.",
    422: "A parameter is wrong: the answer names each, and what is valid.",
    429: "Too many requests, or wrong keys. `Retry-After` says when to try again.",
    503: "Redis or the database of the record is away. `Retry-After` says when to try again.",
}

Responses = dict[int | str, dict[str, Any]]


def errors(*statuses: int) -> Responses:
    """Return the errors that a route may answer with, as its decorator wants them."""
    return {status: problem(status, _MEANINGS[status], *_EXAMPLES[status]) for status in statuses}


def problem(status: int, meaning: str, kind: str, more: dict[str, Any]) -> dict[str, Any]:
    """Return the description of one error."""
    example = {
        "type": f"urn:weir:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "instance": "/v1/churn/users",
        "request_id": "5f3a9c1e7b20d846",
        **more,
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": meaning,
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
    }


def complete(app: FastAPI) -> None:
    """Add to the application's description: the shape of problems, and examples of answers.

    FastAPI leaves nulls out of examples; here they mean something.
    """
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        described = generate()
        schemas = described["components"]["schemas"]
        if "Problem" not in schemas:
            shape = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= shape.pop("$defs", {}) | {"Problem": shape}
            for operation in _operations(described):
                for content in _json_of(operation):
                    shape = content["schema"].get("$ref") or content["schema"]["anyOf"][0]["$ref"]
                    content["example"] = EXAMPLES[shape.rpartition("/")[2]]
            _, events = models_json_schema(
                [(shape, "serialization") for shape in EVENTS.values()],
                ref_template="#/components/schemas/{model}",
            )
            for name, schema in events["$defs"].items():
                schemas.setdefault(name, schema)
        return described

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _json_of(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for status, response in operation["responses"].items():
        if status.startswith("2") and "application/json" in response["content"]:
            yield response["content"]["application/json"]


def _operations(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in described["paths"].values():
        yield from methods.values()
