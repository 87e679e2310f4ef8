"""The shapes of what events say, as OpenAPI describes them."""

from typing import Literal

from pydantic import BaseModel, Field

from api.decision_schemas import DecisionAnswer
from api.drift_schemas import Alarm, DriftReport
from api.lineup_schemas import ModelFigures, RetrainingAnswer
from api.shape import Shape


class HelloDomain(Shape):
    """A domain that is told of."""

    name: str = Field(description="As in routes and topics.")
    title: str = Field(description="What is predicted.")
    objective: Literal["chance", "amount"] = Field(description="What a score is.")
    headline: Literal["auc", "gini"] = Field(description="The figure that is told first.")
    ages: list[str] = Field(
        description="Ages at which figures are told apart; one empty name where they are not."
    )
    bands: list[float] = Field(
        description="Lower bounds of the bands in which users are counted by score; the last band "
        "is open."
    )


class Hello(Shape):
    """`hello`: once, first."""

    domains: list[HelloDomain] = Field(description="Those that are told of.")
    server_time: str = Field(description="By the clock on the wall. ISO 8601, UTC.")


class Status(Shape):
    """`status`: how a stream is, every second."""

    domain: str = Field(description="Whose.")
    state: Literal["running", "idle", "behind", "stopped", "unknown"] = Field(
        description="`running`: something was committed in the last 10 s; `idle`: workers are "
        "there and have nothing to do; `behind`: records wait, and nothing was committed for 10 s; "
        "`stopped`: no worker has given a sign of life for 10 s, or all have stopped in order; "
        "`unknown`: Redis does not answer."
    )
    detail: str | None = Field(description="What is wrong, for people; null when nothing is.")
    clock: str | None = Field(description="The stream's clock, event time; null before events.")
    committed_at: str | None = Field(
        description="Newest commit, by the clock on the wall; null before the first."
    )
    pulse_at: str | None = Field(
        description="Newest sign of life of a worker, likewise; null when no worker runs."
    )
    records: int = Field(description="Records read, ever.")
    events_per_second: float = Field(description="Records a second, over the last five.")
    lag: int | None = Field(
        description="Records not yet committed; null when no worker tells, or Redis is away."
    )
    users: int = Field(description="Users ever seen.")
    snapshots: int = Field(description="Snapshots taken.")
    labels: int = Field(description="Labels that have come.")
    rejected: int = Field(description="Records in the dead-letter topic.")
    pending: int = Field(description="Snapshots that wait for their label.")
    model_version: str = Field(description="The model that scores.")
    published: bool = Field(description="False before the learner's first version.")


class LiveScore(Shape):
    """A score, as the stream has just written it."""

    user_id: str = Field(description="The user.")
    score: float = Field(description="The champion's prediction.")
    at: str = Field(description="Event time for which it holds. ISO 8601, UTC.")
    model_version: str = Field(description="The model that made it.")


class Scores(Shape):
    """`scores`: some of the newest, when there are new ones; at most ten a second."""

    domain: str = Field(description="Whose.")
    scores: list[LiveScore] = Field(description="The newest first.")


class Band(Shape):
    """How many users have a score in a band."""

    above: float = Field(description="Its lower bound; it ends below the next one's.")
    users: int = Field(description="How many.")


class TopUser(Shape):
    """A row of the ranking."""

    rank: int = Field(description="From 1, the highest score first.")
    user_id: str = Field(description="The user.")
    score: float = Field(description="As last scored by the stream.")


class LiveRanking(Shape):
    """`ranking`: at most every two seconds, when it has changed."""

    domain: str = Field(description="Whose.")
    as_of: str | None = Field(description="The stream's clock; null before the first event.")
    total: int = Field(description="How many users are ranked.")
    bands: list[Band] = Field(description="All of them, by score.")
    users: list[TopUser] = Field(description="The ten highest.")


class Alarms(Shape):
    """`alarms`: those so far, once; later ones come as `alarm`, each once."""

    domain: str = Field(description="Whose.")
    alarms: list[Alarm] = Field(description="The newest 50 at most, newest first.")


class Decisions(Shape):
    """`decisions`: those so far, once; later ones come as `decision`, each once."""

    domain: str = Field(description="Whose.")
    decisions: list[DecisionAnswer] = Field(description="The newest 50 at most, newest first.")


class Retraining(RetrainingAnswer):
    """`retraining`: when it is asked for, as it gets on, and when it is over."""

    domain: str = Field(description="Whose.")


#: What each event says, by its name.
EVENTS: dict[str, type[BaseModel]] = {
    "hello": Hello,
    "alarms": Alarms,
    "decisions": Decisions,
    "status": Status,
    "model": ModelFigures,
    "retraining": Retraining,
    "drift": DriftReport,
    "ranking": LiveRanking,
    "scores": Scores,
    "alarm": Alarm,
    "decision": DecisionAnswer,
}
