"""The description is complete: a route that says too little fails here."""

import json
import re
from typing import Any

import pytest

from api import decision_schemas, drift_schemas, lineup_schemas, schemas
from api.app import create_app
from api.live import schemas as live_schemas
from api.live.schemas import EVENTS
from api.schemas import ProblemDetails
from api.shape import Shape
from stream.settings import load
from tests.listening import read_events

SPEC: dict[str, Any] = create_app(load()).openapi()

SHAPES: dict[str, type[Shape]] = {
    name: one
    for module in (schemas, lineup_schemas, drift_schemas, decision_schemas, live_schemas)
    for name, one in vars(module).items()
    if isinstance(one, type) and issubclass(one, Shape) and one is not Shape
}

#: Events that are told once, with an id.
ONCE = {"alarm", "decision"}

OPEN = {"/healthz", "/readyz", "/metrics"}


def operations() -> list[Any]:
    return [
        pytest.param(path, operation, id=f"{method} {path}")
        for path, methods in SPEC["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_routes_are_those_that_are_promised() -> None:
    assert {f"{m} {p}" for p, methods in SPEC["paths"].items() for m in methods} == {
        "get /v1/domains",
        "get /v1/{domain}/users/{user_id}",
        "get /v1/{domain}/users",
        "post /v1/{domain}/users:batchGet",
        "post /v1/churn/predict",
        "post /v1/revenue/predict",
        "get /v1/predictions",
        "get /v1/{domain}/model",
        "get /v1/{domain}/drift",
        "get /v1/{domain}/decisions",
        "get /v1/decisions",
        "post /v1/{domain}/model:promote",
        "post /v1/{domain}/model:rollback",
        "post /v1/{domain}/model:drop",
        "post /v1/{domain}/model:retrain",
        "get /v1/events",
        "get /healthz",
        "get /readyz",
        "get /metrics",
    }


@pytest.mark.parametrize(("path", "operation"), operations())
def test_a_route_says_what_it_does(path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert len(operation["description"]) > 20
    known = {tag["name"] for tag in SPEC["tags"]}
    assert operation["tags"]
    assert set(operation["tags"]) <= known
    for parameter in operation.get("parameters", ()):
        assert parameter.get("description") or parameter["schema"].get("description"), path


@pytest.mark.parametrize(("path", "operation"), operations())
def test_every_answer_has_a_shape_and_an_example_that_fits(
    path: str, operation: dict[str, Any]
) -> None:
    assert {"200", "202"} & set(operation["responses"])
    for status, response in operation["responses"].items():
        assert response["description"]
        assert response["description"] != "Successful Response"
        for media_type, content in response["content"].items():
            if media_type == "text/plain":
                assert "weir_" in content["example"]
                continue
            if media_type == "text/event-stream":
                assert path == "/v1/events"
                continue
            schema = content["schema"]
            refs = [one["$ref"] for one in schema.get("anyOf", [schema])]
            name = refs[0].rpartition("/")[2]
            assert all(ref.rpartition("/")[2] in SPEC["components"]["schemas"] for ref in refs)
            shape = ProblemDetails if name == "Problem" else SHAPES[name]
            shape.model_validate(content["example"])
            is_problem = media_type == "application/problem+json"
            assert is_problem == (int(status) >= 400) == (name == "Problem"), path


@pytest.mark.parametrize(("path", "operation"), operations())
def test_a_route_tells_of_keys_and_errors(path: str, operation: dict[str, Any]) -> None:
    statuses = set(operation["responses"])
    if path in OPEN:
        assert "security" not in operation
        return
    assert operation["security"] == [{"APIKeyHeader": [scope_of(path)]}]
    assert {"401", "403", "429"} <= statuses
    if "{domain}" in path:
        assert {"404", "422"} <= statuses
    if "/model:" in path:
        assert {"202", "409", "503"} <= statuses
    if path.endswith(
        ("users", "users/{user_id}", "batchGet", "predict", "predictions", "drift", "decisions")
    ):
        assert "503" in statuses


def scope_of(path: str) -> str:
    if path.endswith("/predict"):
        return "predict"
    if "/model:" in path or path in {"/v1/predictions", "/v1/decisions"}:
        return "admin"
    return "read"


def test_the_key_is_a_header() -> None:
    scheme = SPEC["components"]["securitySchemes"]["APIKeyHeader"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "X-API-Key")


def test_every_event_has_a_shape_and_an_example_that_fits() -> None:
    content = SPEC["paths"]["/v1/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    shown = read_events(content["example"])
    assert [one.kind for one in shown] == list(EVENTS)
    for one, item in zip(shown, content["itemSchema"]["oneOf"], strict=True):
        EVENTS[one.kind].model_validate(one.data)
        assert item["properties"]["event"] == {"const": one.kind}
        assert ("id" in item["properties"]) == (one.id is not None) == (one.kind in ONCE)
        name = item["properties"]["data"]["contentSchema"]["$ref"].rpartition("/")[2]
        assert SPEC["components"]["schemas"][name]["description"] == EVENTS[one.kind].__doc__


def test_every_reference_leads_somewhere() -> None:
    refs = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(SPEC)))
    assert refs == set(SPEC["components"]["schemas"])


@pytest.mark.parametrize("shape", SHAPES.values())
def test_every_member_is_explained(shape: type[Shape]) -> None:
    assert shape.__doc__
    for name, field in shape.model_fields.items():
        assert field.description, name
