"""The shapes of requests and answers, as OpenAPI describes them.

Answers are built as plain dictionaries (validating our own would cost more than making them); a
test holds every answer against its shape here.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

#: The longest user id, as in the sanitised events.
MAX_USER_ID = 256

UserId = Annotated[str, StringConstraints(min_length=1, max_length=MAX_USER_ID)]


class Shape(BaseModel):
    """What all shapes have in common: no member that is not described."""

    model_config = ConfigDict(extra="forbid")


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
    user_id: str = Field(description="The user.")
    input: Any = Field(
        description="What the score was made of: the request's own words, or the features as they "
        "stood; a rank for one that was read from the ranking."
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


class FeatureWeight(Shape):
    """What the champion makes of one feature."""

    feature: str = Field(description="The feature's name.")
    weight: float | None = Field(
        description="Change of the log-odds for each unit of the feature; null for a champion "
        "that is not one linear model."
    )
    mean: float = Field(description="The average over the examples learnt.")


Metrics = dict[str, float | int | None]


class VersionMetrics(Shape):
    """Figures of what a range of versions predicted."""

    first: str = Field(description="The oldest version.")
    last: str = Field(description="The newest version.")
    metrics: Metrics = Field(description="The figures; null where undefined.")


class Curves(Shape):
    """What there is to draw of one model's rolling figures; empty without labels."""

    calibration: list[tuple[float, float, int]] = Field(
        description="Mean prediction, mean label and labels of groups of equal size, by prediction."
    )
    ranking: list[tuple[float, float]] = Field(
        description="Of chances the ROC curve: false and true positive rate. Of amounts the gain "
        "curve: share of the users, highest predictions first, and share of what they brought."
    )


class ModelMetrics(Shape):
    """Figures of one model, each prediction judged when its label came."""

    model: str = Field(
        description="Its name: that of its recipe, and from where in the examples log it has "
        "learnt (`kalman_logistic~20181102`), if not from the beginning."
    )
    role: Literal["champion", "challenger", "former"] = Field(
        description="The `champion` serves, a `challenger` shadows it, the `former` champion is "
        "what a rollback goes back to."
    )
    recipe: str = Field(description="Its recipe.")
    age: str = Field(
        description="Age of the users when they were predicted; empty where it is not told apart."
    )
    title: str = Field(description="What it is.")
    cumulative: Metrics = Field(description="Over all labels; null where undefined.")
    rolling: Metrics = Field(description="Over the newest labels; null where undefined.")
    curves: Curves = Field(description="Of the newest labels, to look at.")
    versions: list[VersionMetrics] = Field(description="By version, the oldest first.")


class GainAnswer(Shape):
    """By how much a model is better; below 0, it is worse."""

    mean: float = Field(description="On these labels.")
    low: float | None = Field(
        description="It is above this, with the confidence of a look; null when unknown."
    )
    high: float | None = Field(description="It is below this, likewise.")


class ContestAnswer(Shape):
    """Two models on the same labels: how it stands."""

    model: str = Field(description="Who is judged.")
    against: str = Field(description="By comparison with whom.")
    labels: int = Field(description="Of snapshots that both predicted.")
    users: int = Field(description="Whose.")
    outcomes: int = Field(description="How many of these users had an outcome.")
    loss: GainAnswer = Field(
        description="Mean loss (log loss of a chance, deviance of an amount) of the other one "
        "minus that of the model."
    )
    ranking: GainAnswer = Field(
        description="Area under the ROC curve, for who has an outcome, of the model minus that of "
        "the other one."
    )
    looks: int = Field(description="Looks so far.")
    most_looks: int = Field(description="Looks after which the contest is over; 0: it goes on.")
    figures: Metrics = Field(description="Of the model on these labels; null where undefined.")
    others: Metrics = Field(description="Those of the other one.")


class OpenContest(ContestAnswer):
    """A contest that is not decided yet."""

    most_labels: int | None = Field(
        description="With so many it is over, whatever they show; null: it goes on."
    )


class ModelFigures(Shape):
    """The model that scores now, and how right it has been."""

    domain: str = Field(description="What is predicted.")
    version: str = Field(description="The champion's name and the examples learnt.")
    model: str = Field(description="The champion's name.")
    recipe: str = Field(description="The champion's recipe.")
    title: str = Field(description="What that is.")
    objective: Literal["chance", "amount"] = Field(
        description="What a score is: the `chance` of the outcome, or the expected `amount`."
    )
    headline: Literal["auc", "gini"] = Field(
        description="The one of the figures that is told first."
    )
    examples: int = Field(description="Labelled snapshots learnt.")
    published: bool = Field(
        description="False before the learner's first version: scores are then unlearnt guesses."
    )
    metrics: list[ModelMetrics] = Field(description="Of every model, the champion first.")
    probation: OpenContest | None = Field(
        description="A new champion against the former one; null when it is not on probation."
    )
    challengers: list[OpenContest] = Field(description="Each challenger against the champion.")


class RunningRetraining(Shape):
    """A retraining under way."""

    id: str = Field(description="Of the request, schedule or alarm that started it.")
    by: str = Field(description="Who asked: `schedule`, `drift`, or as in decisions.")
    reason: str = Field(description="Why, in a sentence.")
    started_at: str = Field(description="By the clock on the wall. ISO 8601, UTC.")
    phase: str = Field(description="What it does now.")
    share: float = Field(description="How much of that is done, from 0 to 1.")


class AskedRetraining(Shape):
    """A retraining that is asked for and has not begun."""

    id: str = Field(description="As it was answered to who asked.")
    by: str = Field(description="Who asked, as in decisions.")
    reason: str = Field(description="Why, in a sentence.")
    at: str = Field(description="When, by the clock on the wall. ISO 8601, UTC.")


class RetrainingAnswer(Shape):
    """How it stands with retraining."""

    running: RunningRetraining | None = Field(description="Under way; null for none.")
    asked: AskedRetraining | None = Field(description="Asked for; null for none.")


class ModelAnswer(ModelFigures):
    """The model that scores now, its figures and its weights."""

    retraining: RetrainingAnswer = Field(description="How it stands with retraining.")

    features: list[FeatureWeight] = Field(description="Every feature, in the domain's order.")


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
    service: str | None = Field(None, description="The service that is away.")
    checks: list[Check] | None = Field(None, description="What was checked for readiness.")
    running: RunningRetraining | None = Field(None, description="The retraining under way.")
