"""The page of the HTTP API, from its OpenAPI description."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from api.app import MAX_BODY, create_app
from api.problem_kinds import KINDS
from docs_tools.reference.http_route import Route, section
from docs_tools.reference.http_shapes import Shapes
from docs_tools.reference.markdown import code, json_block, sentence, table
from docs_tools.reference.markdown import page as page_of
from docs_tools.reference.schema import shapes_in
from models import domains
from stream.settings import load

_HEAD = f"""\
# HTTP API

Made from the API's own description by `make reference`; change it in `api/`.

A running API shows the same at `/docs`, to be tried out, and as OpenAPI at `/openapi.json`: there
it is of the version and the domains that run. The live page is at `/`.

Requests and answers are JSON in UTF-8, a body at most {MAX_BODY // 1_000_000} MB. Times in answers
are ISO 8601 in UTC; those in events and in `as_of` are ms since 1970. Members of an answer that
have no value are `null`; new members may come.
"""


_SHAPES = """\
What the tables above link to. What is in figures and metrics, which have names of their own:
[topics.md](topics.md#figures).
"""


def page() -> str:
    """Return the page."""
    spec = description()
    found = routes(spec)
    schemas = spec["components"]["schemas"]
    shapes, usual = Shapes(schemas, _shown_where_used(spec)), _usual(found)
    parts = [_HEAD, spec["info"]["description"], "## Keys", _scheme(spec), "## Routes"]
    for tag in spec["tags"]:
        parts += [f"### Routes: {tag['name']}", tag["description"]]
        parts += [
            section(route, shapes, usual)
            for route in found
            if route.described["tags"] == [tag["name"]]
        ]
    parts += [*_errors(shapes, spec), "## Shapes", _SHAPES]
    for name in shapes:
        if name != "Problem":
            parts += [f"### {name}", shapes.meaning(name), shapes.members(name)]
    return page_of(*parts)


def description() -> dict[str, Any]:
    """Return the OpenAPI description of an API that serves all installed domains."""
    return create_app(load({"domains": ",".join(domains.names())})).openapi()


def routes(spec: dict[str, Any]) -> list[Route]:
    """Return every route that is described."""
    return [
        Route(method.upper(), path, described)
        for path, methods in spec["paths"].items()
        for method, described in methods.items()
    ]


def _scheme(spec: dict[str, Any]) -> str:
    told: str = spec["components"]["securitySchemes"]["APIKeyHeader"]["description"]
    return f"In the header `X-API-Key`. {told} [security.md](../security.md) says more."


def _shown_where_used(spec: dict[str, Any]) -> set[str]:
    """Return the shapes that one route has and nothing else."""
    everywhere = Counter(shapes_in(spec["paths"]) + shapes_in(spec["components"]))
    bodies = [
        name
        for route in routes(spec)
        for content in _json(route)
        for name in shapes_in(content["schema"])
    ]
    return {name for name in bodies if everywhere[name] == 1}


def _json(route: Route) -> Iterator[dict[str, Any]]:
    bodies = [route.described.get("requestBody", {"content": {}}), *route.answers.values()]
    for body in bodies:
        if "application/json" in body["content"]:
            yield body["content"]["application/json"]


def _usual(found: list[Route]) -> dict[str, str]:
    """Return what most routes say of an error, by status, where several have it."""
    said: dict[str, Counter[str]] = {}
    for route in found:
        for status, meaning in route.errors.items():
            said.setdefault(status, Counter())[meaning] += 1
    most = {status: counts.most_common(1)[0] for status, counts in said.items()}
    return {status: meaning for status, (meaning, count) in most.items() if count > 1}


def _errors(shapes: Shapes, spec: dict[str, Any]) -> Iterator[str]:
    yield "## Errors"
    yield (
        "Whatever goes wrong is answered with a problem, as RFC 9457 has it: a body of the type "
        "`application/problem+json`, with these members. Those that are not required are there "
        "where they mean something. With 429 and 503 the header `Retry-After` says in how many "
        "seconds to try again."
    )
    yield shapes.members("Problem")
    yield "For example:"
    yield json_block(_example(spec))
    yield "The end of `type` tells programs what is wrong:"
    yield table(
        ["type", "status", "meaning"],
        [
            [code(f"urn:weir:problem:{kind}"), str(status), sentence(meaning)]
            for kind, (status, meaning) in sorted(KINDS.items(), key=lambda one: one[1])
        ],
    )


def _example(spec: dict[str, Any]) -> object:
    ranking = spec["paths"]["/v1/{domain}/users"]["get"]
    found: object = ranking["responses"]["422"]["content"]["application/problem+json"]["example"]
    return found
