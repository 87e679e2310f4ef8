"""The fields of records, told to people: what a value means, and which are valid."""

from dataclasses import dataclass
from typing import Literal

#: The meaning of a field that is a time says this: so people read it, and so a log's layout does.
MILLIS = "in ms since 1970"

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
        least: the smallest valid number.
        most: the largest one.
    """

    kind: Literal["string", "integer", "number"]
    meaning: str
    example: str | float
    required: bool = False
    valid: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def is_time(self) -> bool:
        """Whether it is a time.

        >>> Field("integer", f"When, {MILLIS}.", 1_538_352_117_000).is_time
        True
        """
        return self.kind == "integer" and MILLIS in self.meaning

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
