"""What the shapes of requests and answers are made of."""

from pydantic import BaseModel, ConfigDict

#: Figures by name; null where undefined.
Metrics = dict[str, float | int | None]


class Shape(BaseModel):
    """What all shapes have in common: no member that is not described."""

    model_config = ConfigDict(extra="forbid")
