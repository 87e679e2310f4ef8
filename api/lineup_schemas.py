"""The shapes of the model that scores, of the contests in its line-up, and of retraining."""

from typing import Literal

from pydantic import Field

from api.shape import Metrics, Shape


class FeatureWeight(Shape):
    """What the champion makes of one feature."""

    feature: str = Field(description="The feature's name.")
    weight: float | None = Field(
        description="Change of the log-odds for each unit of the feature; null for a champion "
        "that is not one linear model."
    )
    mean: float = Field(description="The average over the examples learnt.")


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
    least_outcomes: int = Field(
        description="With fewer users who had an outcome, nothing is decided."
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
