"""The fields of records, told to people: what a value means, and which are valid."""

from dataclasses import dataclass
from typing import Literal

#: What logs call whoever an event is of.
USER_NAMES = (
    *("user id", "customer id", "account id", "member id", "client id", "subscriber id"),
    *("player id", "user", "customer", "account", "member", "client", "subscriber", "player"),
)
#: What logs call what has happened.
EVENT_NAMES = (
    *("type", "event", "event type", "event name", "action", "activity", "kind", "page", "name"),
)

#: A pattern that a text must hold somewhere to be more than quotes, blanks and signs.
_SOMETHING = "[A-Za-z0-9]"


@dataclass(frozen=True)
class Field:
    """One field of a record.

    Attributes:
        kind: its JSON type.
        meaning: what it says, in a sentence.
        example: a valid value.
        required: whether a record without it is refused.
        valid: the only valid values, where they are few.
        known: values that mean something, where others are valid too.
        least: the smallest valid number.
        most: the largest one.
        is_time: whether it is a time in ms since 1970, which a log may have in another form.
        alike: what logs call it otherwise, the likeliest name first.
    """

    kind: Literal["string", "integer", "number"]
    meaning: str
    example: str | float
    required: bool = False
    valid: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    is_time: bool = False
    alike: tuple[str, ...] = ()

    def schema(self) -> dict[str, object]:
        """Return this as JSON Schema; what is not required may be null.

        >>> Field("integer", "How often.", 3, least=0).schema()
        {'type': ['integer', 'null'], 'description': 'How often.', 'minimum': 0, 'examples': [3]}
        """
        found: dict[str, object] = {
            "type": self.kind if self.required else [self.kind, "null"],
            "description": self.meaning,
        }
        if self.valid:
            found["enum"] = [*self.valid] if self.required else [*self.valid, None]
        elif self.kind == "string" and self.required:
            found |= {"pattern": _SOMETHING, "maxLength": 256}
        if self.least is not None:
            found["minimum"] = self.least
        if self.most is not None:
            found["maximum"] = self.most
        return found | {"examples": [self.example]}
