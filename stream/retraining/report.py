"""From what a study has found to what is kept of it."""

import platform
import time
from importlib.metadata import version
from typing import Any

from models.checkpoint import RIVER_VERSION
from models.contest.decisions import Decision, Trial
from models.domain import Domain
from models.training.report import RetrainingReport
from models.training.schema import schema_of
from models.training.study import Findings
from stream.retraining.state import Request

#: Candidates that a decision tells of.
_TOLD = 10


def report_of(
    domain: Domain[Any, Any],
    request: Request,
    found: Findings,
    *,
    started_at: int,
    offsets: tuple[int, int],
    champion: str,
    seed: int,
) -> RetrainingReport:
    """Return what is kept of a retraining.

    Args:
        domain: whose.
        request: what asked for it.
        found: by the study.
        started_at: wall clock, ms.
        offsets: the first offset of the log that was read, and the one after the last.
        champion: the version that serves.
        seed: of the bootstrap.
    """
    times = [one.at for one in found.judged]
    return RetrainingReport(
        id=request.id,
        domain=domain.name,
        by=request.by,
        reason=request.reason,
        started_at=started_at,
        finished_at=int(time.time() * 1000),
        versions={
            "weir": version("weir"),
            "river": RIVER_VERSION,
            "python": platform.python_version(),
        },
        schema=schema_of(domain.feature_names),
        first_offset=offsets[0],
        next_offset=offsets[1],
        position=found.judges.intake.position,
        first_at=found.judges.first_at,
        last_at=found.judges.last_at,
        judged_since=min(times, default=0),
        judged_until=max(times, default=0),
        judged=len(found.judged),
        champion=champion,
        champion_ages=found.champion,
        trials=found.trials,
        chosen=found.choice.model,
        why=found.choice.why,
        seed=seed,
    )


def decision_of(report: RetrainingReport, event_time: int) -> Decision:
    """Return the decision that a retraining ends with."""
    trials = tuple(
        Trial(
            model=trial.model,
            title=trial.title,
            labels=trial.labels,
            gain=trial.gain,
            low=trial.low,
            high=trial.high,
            figures=trial.ages[0].figures,
        )
        for trial in report.trials[:_TOLD]
    )
    return Decision(
        id=f"retrained-{report.id}",
        domain=report.domain,
        kind="retrained",
        model=report.chosen,
        champion=report.champion,
        by=report.by,
        reason=report.why,
        position=report.position,
        event_time=event_time,
        trials=trials,
        wish=report.id,
        wall_time=report.finished_at,
    )
