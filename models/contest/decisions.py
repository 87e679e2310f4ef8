"""Decisions: who serves, who shadows, and why. Each is kept, with its evidence."""

from typing import Literal

import msgspec

from models.contest.contest import Evidence

Kind = Literal[
    "began", "retrained", "challenged", "promoted", "dropped", "confirmed", "rolled_back", "refused"
]

#: Who decides where nobody has asked.
POLICY = "policy"


class Trial(msgspec.Struct, frozen=True):
    """How a candidate did in a retraining, against the champion on the same labels.

    Attributes:
        model: its name.
        title: its recipe's, for people.
        labels: how many it was judged on.
        gain: mean loss of the champion minus the candidate's: above 0, the candidate is better.
        low: 95% of the resampled users give more than this, ...
        high: ...and as many less than this.
        figures: of the candidate.
    """

    model: str
    title: str
    labels: int
    gain: float
    low: float
    high: float
    figures: dict[str, float | None]


class Decision(msgspec.Struct, frozen=True):
    """One decision.

    Attributes:
        id: deterministic: the same log and the same wishes give the same ids.
        domain: whose.
        kind: what was decided. ``began``: learning began, with this line-up; ``retrained``:
            candidates were compared; ``challenged``: one shadows the champion from here on;
            ``promoted``: it serves; ``dropped``: it does neither any more; ``confirmed``: it has
            passed its probation; ``rolled_back``: the former champion serves again; ``refused``:
            what was asked for cannot be done.
        model: the model that it is about; empty for none.
        champion: the version that serves from here on.
        by: who decided: ``policy``, or who asked.
        reason: one sentence for people.
        challengers: who shadows it from here on.
        former: who served before, and still learns; empty for none.
        position: how many examples of the log had been taken in.
        records: how many records of the log, snapshots too, had been taken in.
        learnt: how many examples had been learnt.
        event_time: newest event time at which a label became known, ms.
        evidence: of the contest; None where there is none.
        trials: of a retraining, the best candidate first.
        wish: id of what asked for it; empty where nobody did.
        wall_time: when it was published, ms; 0 until then.
    """

    id: str
    domain: str
    kind: Kind
    model: str
    champion: str
    by: str
    reason: str
    position: int
    event_time: int
    challengers: tuple[str, ...] = ()
    former: str = ""
    records: int = 0
    learnt: int = 0
    evidence: Evidence | None = None
    trials: tuple[Trial, ...] = ()
    wish: str = ""
    wall_time: int = 0
