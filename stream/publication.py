"""A learner as it is published: checkpoint, models to serve, figures, line-up."""

import pickle
from collections.abc import Sequence

import msgspec

from models.alarms import Alarm
from models.checkpoint import sign
from models.contest.decisions import Decision
from models.contest.report import report
from models.drift_report import DriftReport
from models.learner import Learner
from models.prequential import ModelReport
from stream.adapters.redis_commits import Publication
from stream.records import encode_alarm, encode_decision

#: What signed blobs are for; one kind is never accepted as another.
CHECKPOINT, SERVING = "learner", "serving"


def publication_of(
    learner: Learner,
    key: bytes,
    *,
    name: str,
    follows: str,
    offset: int,
    figures: list[ModelReport],
    drift: DriftReport | None,
    lineup: bytes,
    alarms: Sequence[Alarm] = (),
    granted: Sequence[str] = (),
    decisions: Sequence[Decision] = (),
) -> Publication:
    """Return what is to be committed.

    Args:
        learner: as it stands.
        key: signs what is unpickled elsewhere.
        name: of the commit.
        follows: name of the one before.
        offset: the next offset of the examples log.
        figures: the learner's.
        drift: the learner's report of it.
        lineup: from ``encode_lineup``.
        alarms: new ones.
        granted: ids of the wishes that were carried out or refused.
        decisions: new ones.
    """
    predictors, subject = learner.predictors(), learner.domain.name
    return Publication(
        name=name,
        follows=follows,
        offset=offset,
        checkpoint=sign(learner.checkpoint(), key, kind=CHECKPOINT, subject=subject),
        version=predictors.version,
        serving=sign(pickle.dumps(predictors), key, kind=SERVING, subject=subject),
        report=msgspec.json.encode(figures),
        drift=msgspec.json.encode(drift),
        lineup=lineup,
        alarms=[encode_alarm(alarm) for alarm in alarms],
        granted=granted,
        decisions=[encode_decision(decision) for decision in decisions],
    )


def encode_lineup(learner: Learner) -> bytes:
    """Return how the contests stand, JSON; it takes a while to work out."""
    return msgspec.json.encode(report(learner.domain, learner.lineup))
