"""What the watch over drift has to say at one moment."""

import msgspec

from models.alarms import Kind
from models.objective import Figures


class SignalReport(msgspec.Struct, frozen=True):
    """A signal that is watched as labels come.

    Attributes:
        kind: ``concept`` or ``label``.
        signal: as in ``Alarm``.
        mean: in the detector's present window; None before the first value.
        window: values in it: since the last shift that was found.
        detections: shifts found so far, those told by an earlier alarm included.
        alarm_at: event time of its newest alarm, ms; 0 for none.
    """

    kind: Kind
    signal: str
    mean: float | None
    window: int
    detections: int
    alarm_at: int


class FeatureReport(msgspec.Struct, frozen=True):
    """A feature, or the ``score``, as the newest snapshots have it, against the reference.

    Attributes:
        feature: its name, or ``score``.
        shift: how far the mean has moved, in standard deviations of the reference; None for a
            categorical feature, and before there is a reference.
        psi: population stability index; None where it is not worked out.
        psi_limit: above which there is an alarm.
        detections: shifts found so far, those told by an earlier alarm included.
        alarm_at: event time of its newest alarm, ms; 0 for none.
    """

    feature: str
    shift: float | None
    psi: float | None
    psi_limit: float | None
    detections: int
    alarm_at: int


class EstimateReport(msgspec.Struct, frozen=True):
    """The figures that the newest scores themselves let expect, before their labels come.

    Attributes:
        model: the champion's name.
        age: which of the domain's ages; empty where it has but one.
        snapshots: how many scores.
        metrics: the same figures as of labels; None where it cannot be told.
    """

    model: str
    age: str
    snapshots: int
    metrics: Figures


class ReferenceReport(msgspec.Struct, frozen=True):
    """The snapshots that data are compared with, pinned when a champion was promoted.

    Attributes:
        since: event time of the oldest, ms.
        until: event time of the newest, ms.
        snapshots: how many.
        version: the champion then.
    """

    since: int
    until: int
    snapshots: int
    version: str


class DriftReport(msgspec.Struct, frozen=True):
    """Drift in one domain.

    Attributes:
        clock: event time of the newest snapshot seen, ms; 0 before the first.
        label_delay: event time from a prediction until its label was learnt, seconds, mean over the
            newest labels; None before the first.
        reference: what data are compared with; None until there are enough snapshots.
        signals: watched as labels come.
        features: watched as snapshots are taken; the score is the last.
        estimated: by age.
    """

    clock: int
    label_delay: float | None
    reference: ReferenceReport | None
    signals: list[SignalReport]
    features: list[FeatureReport]
    estimated: list[EstimateReport]
