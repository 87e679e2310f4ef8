"""The shapes of drift and alarms, as OpenAPI describes them."""

from typing import Literal

from pydantic import Field

from api.shape import Metrics, Shape


class DriftReference(Shape):
    """The snapshots that newer ones are compared with."""

    since: str = Field(description="Event time of the oldest. ISO 8601, UTC.")
    until: str = Field(description="Event time of the newest.")
    snapshots: int = Field(description="How many.")
    version: str = Field(description="The champion when they were pinned.")


class DriftSignal(Shape):
    """A signal that is watched as labels come."""

    kind: Literal["concept", "data", "label"] = Field(
        description="`concept`: do predictions and outcomes agree as before? `label`: are outcomes "
        "as frequent as before?"
    )
    signal: str = Field(description="`loss`, `calibration` or `base_rate`.")
    mean: float | None = Field(
        description="Over the detector's present window; null before the first label."
    )
    window: int = Field(description="Labels in it: since the last shift that was found.")
    detections: int = Field(
        description="Shifts found so far, those told by an earlier alarm included."
    )
    last_alarm_at: str | None = Field(description="Event time of its newest alarm; null for none.")


class DriftFeature(Shape):
    """A feature, or the score, in the newest snapshots against the reference."""

    feature: str = Field(description="The feature's name, or `score`.")
    shift: float | None = Field(
        description="How far the mean has moved, in standard deviations of the reference; null for "
        "a categorical feature, and before there is a reference."
    )
    psi: float | None = Field(
        description="Population stability index; null where it is not worked out."
    )
    psi_limit: float | None = Field(description="Above it there is an alarm; null likewise.")
    detections: int = Field(
        description="Shifts found so far, those told by an earlier alarm included."
    )
    last_alarm_at: str | None = Field(description="Event time of its newest alarm; null for none.")


class Estimate(Shape):
    """The figures that the newest scores themselves let expect, before their labels come."""

    model: str = Field(description="The champion's name.")
    age: str = Field(
        description="Age of the users when they were scored; empty where it is not told apart."
    )
    snapshots: int = Field(description="How many scores.")
    metrics: Metrics = Field(
        description="The same figures as of labels; null where it cannot be told."
    )


class Alarm(Shape):
    """One shift that was found, told once."""

    id: str = Field(description="Deterministic: the same log gives the same ids.")
    domain: str = Field(description="Whose.")
    kind: Literal["concept", "data", "label"] = Field(
        description="`concept`: predictions and outcomes no longer agree as before; `data`: "
        "features or scores have moved; `label`: outcomes are more or less frequent."
    )
    signal: str = Field(
        description="What moved: `loss`, `calibration`, `chance`, `base_rate`, `score` or feature."
    )
    method: Literal["adwin", "psi"] = Field(
        description="`adwin`: the mean of a signal; `psi`: the population stability index of a "
        "distribution."
    )
    direction: Literal["degraded", "improved", "up", "down", "changed"] = Field(
        description="`degraded` or `improved` (concept), `up` or `down`, `changed` (psi)."
    )
    event_time: str = Field(description="Event time at which it was found. ISO 8601, UTC.")
    since: str = Field(description="About when the shift happened, event time.")
    before: float = Field(description="The mean before the shift; of an index, its limit.")
    after: float = Field(description="The mean since then; of an index, its value.")
    values: int = Field(description="How many labels (or snapshots) after the shift it took.")
    version: str = Field(description="The model that predicted when it was found.")
    also: list[str] = Field(description="Other features that moved on the same day.")
    wall_time: str = Field(description="When it was told, by the clock on the wall.")
    words: str = Field(description="All this in one sentence.")


class DriftReport(Shape):
    """The watch over drift, at one moment."""

    domain: str = Field(description="What is predicted.")
    version: str = Field(description="The newest model.")
    as_of: str | None = Field(
        description="Event time of the newest snapshot that was looked at; null before the first."
    )
    label_delay_days: float | None = Field(
        description="Event time from a prediction until its label was learnt, mean over the newest "
        "labels; null before the first."
    )
    reference: DriftReference | None = Field(
        description="What data are compared with; null until there are enough snapshots."
    )
    signals: list[DriftSignal] = Field(description="Watched as labels come.")
    features: list[DriftFeature] = Field(
        description="Watched as snapshots are taken; the score is the last."
    )
    estimated: list[Estimate] = Field(description="By age.")


class DriftAnswer(DriftReport):
    """Drift, and the alarms so far."""

    alarms: list[Alarm] = Field(description="The newest 200 at most, newest first.")
