"""Tables of the shapes of requests and answers, from the API's OpenAPI description."""

import json
from collections.abc import Iterator, Mapping

from docs_tools.reference.markdown import code, listed, sentence, table
from docs_tools.reference.schema import Schema, shape_of, type_of


class Shapes:
    """The shapes of an OpenAPI description.

    Args:
        schemas: by name.
        inline: those that are shown where they are used, for there is but one such place.
    """

    def __init__(self, schemas: Mapping[str, Schema], inline: set[str]) -> None:
        self._schemas, self._inline = schemas, inline
        self._meanings = {one: schema["description"] for one, schema in schemas.items()}
        self._examples: dict[str, str] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(set(self._schemas) - self._inline))

    def shown(self, said: str, names: list[str]) -> Iterator[str]:
        """Yield what is said of some shapes, and their members, or where these are."""
        if self._inline.issuperset(names):
            yield said
            yield from map(self.members, names)
        else:
            yield f"{said} {listed(map(link, names))}."

    def first_shown(self, example: object, where: str) -> str:
        """Return where an example has been shown first, which may be here."""
        return self._examples.setdefault(json.dumps(example), where)

    def members(self, name: str) -> str:
        """Return the table of a shape's members."""
        return members(self._schemas[name], self._meanings)

    def meaning(self, name: str) -> str:
        """Return what a shape is."""
        return sentence(self._meanings[name])

    def example(self, name: str) -> object:
        """Return an example of a shape that a request has."""
        found: object = self._schemas[name]["example"]
        return found


def members(schema: Schema, meanings: Mapping[str, str]) -> str:
    """Return the table of an object's members, and which are required where not all of them are.

    Args:
        schema: of the object.
        meanings: of shapes: a member that has one and says no more means that.
    """
    required = set(schema.get("required", ()))
    all_are = required.issuperset(schema["properties"])
    rows = []
    for name, value in schema["properties"].items():
        needed = [] if all_are else ["yes" if name in required else ""]
        meaning = value.get("description") or meanings.get(shape_of(value), "")
        rows.append([code(name), type_of(value, link), *needed, sentence(meaning)])
    return table(["member", "type", *([] if all_are else ["required"]), "meaning"], rows)


def link(name: str) -> str:
    """Return the link to a shape."""
    return f"[{name}](#{name.lower()})"
