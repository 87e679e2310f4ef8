"""The section of one route of the API, from its OpenAPI description."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docs_tools.reference.http_shapes import Shapes, link, members
from docs_tools.reference.markdown import code, fence, json_block, listed, sentence, table
from docs_tools.reference.schema import Schema, shape_of, type_of

_PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Route:
    """One route.

    Attributes:
        method: in upper case.
        path: with its parameters in braces.
        described: the operation, as OpenAPI describes it.
    """

    method: str
    path: str
    described: Schema

    @property
    def title(self) -> str:
        """How the route is called."""
        return f"{self.method} {self.path}"

    @property
    def errors(self) -> dict[str, str]:
        """What may go wrong, by HTTP status."""
        responses = self.described["responses"]
        return {
            status: response["description"]
            for status, response in responses.items()
            if _PROBLEM in response["content"]
        }

    @property
    def answers(self) -> dict[str, Schema]:
        """What is answered when nothing goes wrong, by HTTP status."""
        responses = self.described["responses"]
        return {status: one for status, one in responses.items() if status not in self.errors}


def section(route: Route, shapes: Shapes, usual: Mapping[str, str]) -> str:
    """Return the section of a route.

    Args:
        route: the route.
        shapes: all that there are.
        usual: what the errors that several routes have mean, by status.
    """
    parts = [
        f"#### {code(route.title)}",
        f"**{_ended(route.described['summary'])}** {_scope(route)}",
        route.described["description"],
        *_parameters(route),
        *_body(route, shapes),
        *_asked(route, shapes),
        *(part for status in route.answers for part in _answer(route, status, shapes)),
        *_errors(route, usual),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part)


def _ended(text: str) -> str:
    return text if text.endswith("?") else f"{text}."


def _scope(route: Route) -> str:
    needed = [scope for one in route.described.get("security", ()) for scope in one["APIKeyHeader"]]
    return f"Needs the scope {listed(map(code, needed))}." if needed else "Needs no key."


def _parameters(route: Route) -> Iterator[str]:
    found: list[Schema] = route.described.get("parameters", [])
    if found:
        yield table(["parameter", "in", "type", "default", "meaning"], map(_parameter, found))


def _parameter(one: Schema) -> list[str]:
    schema = one["schema"]
    default = "required" if one["required"] else code(_plain(schema.get("default", "")))
    # in a path or a query there is no null: what is not wanted is left out
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind != {"type": "null"}]
    kind = type_of({**schema, "anyOf": kinds} if len(kinds) > 1 else kinds[0], link)
    return [code(one["name"]), one["in"], kind, default, sentence(one["description"])]


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _body(route: Route, shapes: Shapes) -> Iterator[str]:
    body = route.described.get("requestBody")
    if not body:
        return
    schema = body["content"]["application/json"]["schema"]
    ways = [way for way in schema.get("anyOf", [schema]) if way != {"type": "null"}]
    names = [way.get("title") or shape_of(way) for way in ways]
    may = "Body" if body.get("required") else "Body, which may be left out"
    if shape_of(ways[0]):
        yield from shapes.shown(f"{may}:", names)
        return
    yield f"{may}: {listed([f'*{name}*' for name in names])}."
    for way in _objects(ways):
        yield f"*{way['title']}*:"
        yield members(way, {})


def _objects(found: list[Schema]) -> Iterator[Schema]:
    """Yield objects and those inside of them, each once."""
    titles: set[str] = set()
    waiting = list(found)
    while waiting:
        one = waiting.pop(0)
        if "properties" in one and one["title"] not in titles:
            titles.add(one["title"])
            yield one
        inner = [*one.get("properties", {}).values(), one.get("items"), *one.get("anyOf", ())]
        waiting = [schema for schema in inner if isinstance(schema, dict)] + waiting


def _answer(route: Route, status: str, shapes: Shapes) -> Iterator[str]:
    response = route.answers[status]
    ((media_type, content),) = response["content"].items()
    said = f"**{status}**: {response['description']}"
    if media_type == "application/json":
        ways = content["schema"].get("anyOf", [content["schema"]])
        yield from shapes.shown(said, [shape_of(way) for way in ways])
        first = shapes.first_shown(content["example"], route.title)
        if first == route.title:
            yield f"`{route.method} {_path(route)}` may answer:"
            yield json_block(content["example"])
        else:
            yield f"It may look as that of `{first}`."
    elif "itemSchema" in content:
        yield said
        yield table(["event", "data", "when"], _events(content["itemSchema"], shapes))
        yield "The first one, with all that it is made of:"
        yield fence("text", content["example"].partition("\n\n")[0])
    else:
        yield said
        yield fence("text", content["example"])


def _asked(route: Route, shapes: Shapes) -> Iterator[str]:
    for example in _bodies(route, shapes):
        yield f"`{route.method} {_path(route)}` may be asked with:"
        yield json_block(example)


def _path(route: Route) -> str:
    """Return the path with examples of its parameters."""
    values = {
        one["name"]: one["schema"]["examples"][0]
        for one in route.described.get("parameters", ())
        if one["in"] == "path"
    }
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], route.path)


def _bodies(route: Route, shapes: Shapes) -> list[Any]:
    body = route.described.get("requestBody")
    if not body:
        return []
    content = body["content"]["application/json"]
    if "examples" in content:
        return [one["value"] for one in content["examples"].values()]
    ways = content["schema"].get("anyOf", [content["schema"]])
    return [shapes.example(shape_of(way)) for way in ways if shape_of(way)]


def _events(items: Schema, shapes: Shapes) -> Iterator[list[str]]:
    for item in items["oneOf"]:
        event = item["properties"]["event"]["const"]
        name = shape_of(item["properties"]["data"]["contentSchema"])
        meaning = shapes.meaning(name).removeprefix(f"`{event}`: ")
        yield [code(event), link(name), sentence(meaning)]


def _errors(route: Route, usual: Mapping[str, str]) -> Iterator[str]:
    if not route.errors:
        return
    common = [status for status, said in route.errors.items() if usual.get(status) == said]
    if common:
        yield f"[Errors](#errors): {listed(sorted(common), ' and')}."
    for status, said in sorted(route.errors.items()):
        if status not in common:
            yield f"**{status}**: {said} A [problem](#errors)."
