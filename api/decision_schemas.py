"""The shapes of decisions about the line-up, of what is asked for, and of retraining."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.lineup_schemas import ContestAnswer
from api.shape import Metrics, Shape
from models.contest.decisions import Kind

ModelName = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[a-z][a-z0-9_]*(~[0-9]{8})?$")
]


class ModelChoice(Shape):
    """Which of the challengers is meant."""

    model_config = ConfigDict(json_schema_extra={"example": {"model": "sgd_logistic"}})

    model: ModelName | None = Field(
        None, description="A challenger's name; not needed where there is but one."
    )


class RetrainRequest(Shape):
    """Why there should be a retraining."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "prices have changed"}})

    reason: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = Field(
        None, description="A sentence for people; it is kept with the decision that follows."
    )


class Asked(Shape):
    """What was asked for, and is not done yet."""

    id: str = Field(
        description="Of what was asked for; the decision that follows has it as `wish`."
    )
    status: Literal["waiting"] = Field(description="Always `waiting`.")


class Trial(Shape):
    """How a candidate did in a retraining, against the champion on the same labels."""

    model: str = Field(description="Its name.")
    title: str = Field(description="What it is.")
    labels: int = Field(description="How many it was judged on.")
    gain: float = Field(
        description="Mean loss of the champion minus the candidate's: above 0, it is better."
    )
    low: float = Field(description="95% of the resampled users give more than this.")
    high: float = Field(description="And as many less than this.")
    figures: Metrics = Field(description="Of the candidate; null where undefined.")


class DecisionAnswer(Shape):
    """One decision about who predicts."""

    id: str = Field(description="Deterministic: the same log and wishes give the same ids.")
    domain: str = Field(description="Whose.")
    kind: Kind = Field(
        description="`began`: learning began, with this line-up; `retrained`: candidates were "
        "compared; `challenged`: one shadows the champion; `promoted`: it serves; `dropped`: it "
        "does neither any more; `confirmed`: it has passed its probation; `rolled_back`: the "
        "former champion serves again; `refused`: what was asked for cannot be done."
    )
    model: str | None = Field(description="The model that it is about; null for none.")
    champion: str = Field(description="The version that serves from here on.")
    by: str = Field(
        description="`policy`, `schedule`, `drift`, or who asked: `api` or `command`, and the "
        "first digits of the key's SHA-256, or a user."
    )
    reason: str = Field(description="Why, in a sentence.")
    words: str = Field(description="All this in one sentence.")
    position: int = Field(description="How many examples of the log had been taken in.")
    event_time: str | None = Field(
        description="Newest event time at which a label had become known. ISO 8601, UTC; null "
        "before the first."
    )
    challengers: list[str] = Field(
        description="Who shadows the champion from here on; empty where a retraining speaks."
    )
    former: str | None = Field(description="Who served before, and still learns; null for none.")
    evidence: ContestAnswer | None = Field(
        description="How the contest stood; null where there was none."
    )
    trials: list[Trial] = Field(description="Of a retraining, the best candidate first.")
    wish: str | None = Field(description="The id of what asked for it; null where nobody did.")
    wall_time: str = Field(description="When it was published, by the clock on the wall.")


class DecisionsAnswer(Shape):
    """The newest decisions of a domain."""

    decisions: list[DecisionAnswer] = Field(description="Newest first.")


class DecisionRecord(Shape):
    """A page of the record of decisions."""

    decisions: list[DecisionAnswer] = Field(description="Newest first.")
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")
