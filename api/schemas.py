"""The shapes of requests and answers, as OpenAPI describes them.

Answers are built as plain dictionaries (validating our own would cost more than making them); a
test holds every answer against its shape here.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.lineup_schemas import RunningRetraining
from api.shape import Shape

#: The longest user id, as in the sanitised events.
MAX_USER_ID = 256

UserId = Annotated[str, StringConstraints(min_length=1, max_length=MAX_USER_ID)]


class Reason(Shape):
    """What one feature does to a score, against the average user."""

    feature: str = Field(description="The feature's name.")
    value: float = Field(description="Its value, on the feature's own scale.")
    effect: float = Field(
        description="What it adds to the log-odds of the outcome, or to an expected amount; "
        "positive raises the score."
    )
    words: str = Field(description="The value in words.")


class Prediction(Shape):
    """A user's score, from what the request carries."""

    domain: str = Field(description="What is predicted.")
    user_id: str = Field(description="The user.")
    status: Literal["active", "dormant", "ended"] = Field(
        description="`dormant`: silent for so long that no snapshots are taken, the score is an "
        "extrapolation. `ended`: the outcome was reached or its time is over, there is nothing "
        "left to predict."
    )
    score: float | None = Field(
        description="The probability of the outcome within the horizon, or the whole amount that "
        "is expected, what has come so far included. When ended: the amount that came, or null."
    )
    chance_above_zero: float | None = Field(
        description="Where an amount is predicted: the chance that it is above 0. Null otherwise, "
        "and when ended."
    )
    model_version: str = Field(description="The model: its recipe and the examples learnt.")
    as_of: str = Field(
        description="Event time for which the score holds: the stream's clock, or the user's last "
        "event when that is newer. ISO 8601, UTC."
    )
    last_event_at: str = Field(description="Event time of the user's last event.")
    ended_at: str | None = Field(description="Event time of the outcome. Null when not ended.")
    reasons: list[Reason] = Field(description="What moves the score most, the strongest first.")


class Predictions(Shape):
    """The scores of many users."""

    predictions: list[Prediction] = Field(description="In the order asked for.")


class PastScore(Shape):
    """A score that the stream gave at a snapshot, and whose label is still to come."""

    at: str = Field(description="Event time of the snapshot. ISO 8601, UTC.")
    score: float = Field(description="The champion's prediction then.")
    model_version: str = Field(description="The model that made it.")


History = Annotated[
    list[PastScore] | None,
    Field(
        description="Only with `history=true`: the user's snapshots that wait for their label, "
        "oldest first, with what the champion predicted at each."
    ),
]


class UserScore(Prediction):
    """A user's current score, computed when asked."""

    first_seen_at: str = Field(
        description="Event time of the first event; of one who came back after the outcome, the "
        "first since then."
    )

    rank_percentile: float | None = Field(
        description="Share of the other ranked users, 0 to 100, whose latest score is lower. Null "
        "when ended, or when there is no other."
    )
    history: History = None


class RecordedPrediction(Shape):
    """A score that was answered."""

    at: str = Field(description="Wall clock of the answer. ISO 8601, UTC.")
    request_id: str = Field(description="As in the header X-Request-ID of the answer.")
    domain: str = Field(description="What was predicted.")
    user_id: str = Field(
        description="The user; a digest of the id where `WEIR_USER_ID_KEY` is set."
    )
    input: Any = Field(
        description="What the score was made of: the features as they stood; a rank for one that "
        "was read from the ranking."
    )
    score: float | None = Field(description="As answered.")
    model_version: str | None = Field(
        description="The model; null for a score that was read from the ranking."
    )
    latency_ms: float = Field(description="From the request's arrival to the record.")


class Record(Shape):
    """A page of the record of predictions."""

    predictions: list[RecordedPrediction] = Field(description="Newest first.")
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")


class RankedUser(Shape):
    """A row of the ranking."""

    rank: int = Field(description="From 1, in the order asked for.")
    user_id: str = Field(description="The user.")
    score: float = Field(
        description="As last scored by the stream: at the user's last event or daily snapshot."
    )
    current: UserScore | None = Field(
        None,
        description="The current score, with reasons; only with `reasons=true`, and null when the "
        "user has left meanwhile.",
    )
    history: History = None


class Ranking(Shape):
    """A page of the ranking."""

    domain: str = Field(description="What is predicted.")
    order: Literal["desc", "asc"] = Field(description="As asked for.")
    as_of: str | None = Field(description="The stream's clock; null before the first event.")
    total: int = Field(description="How many users are ranked.")
    users: list[RankedUser] = Field(description="In the order asked for.")
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")


class BatchRequest(Shape):
    """The users asked for."""

    model_config = ConfigDict(json_schema_extra={"example": {"user_ids": ["1001", "no-such"]}})

    user_ids: Annotated[list[UserId], Field(min_length=1, max_length=1000)] = Field(
        description="1 to 1000 user ids; one that comes twice is answered once."
    )


class BatchAnswer(Shape):
    """The users found, and the ids that were not."""

    users: list[UserScore] = Field(description="In the order asked for.")
    not_found: list[str] = Field(description="Ids of which the stream knows nothing.")


class DomainInfo(Shape):
    """One kind of outcome."""

    name: str = Field(description="As in routes and topics.")
    title: str = Field(description="What is predicted.")


class Domains(Shape):
    """The domains that are served."""

    domains: list[DomainInfo] = Field(description="By name.")


class Health(Shape):
    """The process answers."""

    status: Literal["ok"] = Field(description="Always `ok`.")


class Check(Shape):
    """One thing that answers need."""

    name: str = Field(description="What was checked.")
    ok: bool = Field(description="Whether it is there.")
    detail: str = Field(description="What was found.")


class Readiness(Shape):
    """Everything that answers need is there."""

    ready: bool = Field(description="Always true; when not ready the status is 503.")
    checks: list[Check] = Field(description="What was checked.")


class FieldError(Shape):
    """A wrong field of a request."""

    field: str = Field(description="Where: `path`, `query` or `body`, and the field's name.")
    message: str = Field(description="What is wrong, and what is valid.")
    valid: list[str] | None = Field(None, description="The valid values, when they are few.")


class ProblemDetails(BaseModel):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="`urn:weir:problem:` and a stable code, for programs.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong and what would be right, for people.")
    instance: str = Field(description="The path asked for.")
    request_id: str | None = Field(description="As in the header X-Request-ID and in the logs.")
    valid: list[str] | None = Field(None, description="The valid values, when they are few.")
    errors: list[FieldError] | None = Field(None, description="The wrong fields of the request.")
    needed: str | None = Field(None, description="The scope that the key lacks.")
    service: str | None = Field(None, description="The service that is away.")
    checks: list[Check] | None = Field(None, description="What was checked for readiness.")
    running: RunningRetraining | None = Field(None, description="The retraining under way.")
