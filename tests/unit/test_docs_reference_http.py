"""The page of the HTTP API has every route, answer, shape and kind of problem."""

import re
from typing import Any, get_args

import pytest

from api.app import create_app
from api.problem_kinds import KINDS, Kind
from docs_tools.reference.markdown import prose, sentence
from stream.settings import load
from tests.docs_parts import read, section, table, tables

SPEC: dict[str, Any] = create_app(load()).openapi()
ROUTES = [(path, method) for path, methods in SPEC["paths"].items() for method in methods]


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_every_route_is_there_with_its_answers(path: str, method: str) -> None:
    described = SPEC["paths"][path][method]
    text = section("http-api", f"#### `{method.upper()} {path}`")
    assert described["summary"] in text
    assert described["description"].strip() in text
    scopes = [scope for one in described.get("security", ()) for scope in one["APIKeyHeader"]]
    assert (f"Needs the scope `{scopes[0]}`." if scopes else "Needs no key.") in text
    for parameter in described.get("parameters", ()):
        place, *_, meaning = table(text, "parameter")[parameter["name"]]
        assert (place, meaning) == (parameter["in"], sentence(parameter["description"]))
    for status, response in described["responses"].items():
        assert re.search(rf"\b{status}\b", text), status
        assert "application/problem+json" in response["content"] or response["description"] in text


@pytest.mark.parametrize("name", SPEC["components"]["schemas"])
def test_every_shape_is_there_with_its_members(name: str) -> None:
    shape = SPEC["components"]["schemas"][name]
    told = [
        found
        for found in tables(read("http-api"), "member")
        if found.keys() == shape["properties"].keys()
    ]
    assert told
    for member, value in shape["properties"].items():
        meaning = sentence(value.get("description", ""))
        assert [one for one in told if one[member][-1] and one[member][-1].startswith(meaning)]


@pytest.mark.parametrize("path", [path for path, _ in ROUTES if path.endswith("/predict")])
def test_every_field_that_a_prediction_takes_is_there(path: str) -> None:
    body = SPEC["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    found = tables(section("http-api", f"#### `POST {path}`"), "member")
    told = [set(one) for one in found]
    for way in body["schema"]["anyOf"]:
        assert set(way["properties"]) in told
    assert set(body["schema"]["anyOf"][0]["properties"]["events"]["items"]["properties"]) in told


def test_every_event_is_there() -> None:
    content = SPEC["paths"]["/v1/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    events = [one["properties"]["event"]["const"] for one in content["itemSchema"]["oneOf"]]
    assert list(table(section("http-api", "#### `GET /v1/events`"), "event")) == events


def test_every_kind_of_problem_is_there() -> None:
    told = table(section("http-api", "## Errors"), "type")
    assert set(get_args(Kind)) == set(KINDS)
    assert told == {
        f"urn:weir:problem:{kind}": [str(status), prose(meaning)]
        for kind, (status, meaning) in sorted(KINDS.items(), key=lambda one: one[1])
    }
