"""What is said of decisions about the line-up, and of retraining, to who asks and who listens."""

from typing import Any

import msgspec

from api.scoring import iso
from models.contest.decisions import POLICY, Decision
from stream.retraining.state import Request, Retraining, Running


def decision_answer(decision: Decision) -> dict[str, Any]:
    """Return a decision, with a sentence for people."""
    return {
        "id": decision.id,
        "domain": decision.domain,
        "kind": decision.kind,
        "model": decision.model or None,
        "champion": decision.champion,
        "by": decision.by,
        "reason": decision.reason,
        "words": words(decision),
        "position": decision.position,
        "event_time": iso(decision.event_time) if decision.event_time else None,
        "challengers": list(decision.challengers),
        "former": decision.former or None,
        "evidence": msgspec.to_builtins(decision.evidence),
        "trials": [msgspec.structs.asdict(trial) for trial in decision.trials],
        "wish": decision.wish or None,
        "wall_time": iso(decision.wall_time),
    }


def words(decision: Decision) -> str:
    """Return a decision in one sentence.

    >>> words(Decision("x", "churn", "rolled_back", "forest", "sgd@9", "api", "asked for", 9, 0))
    'churn: forest rolled back: asked for (by api)'
    >>> words(Decision("x", "churn", "refused", "", "sgd@9", "policy", "no challenger", 9, 0))
    'churn: refused: no challenger'
    """
    what = f"{decision.model} {decision.kind}".strip().replace("_back", " back")
    by = "" if decision.by == POLICY else f" (by {decision.by})"
    return f"{decision.domain}: {what}: {decision.reason}{by}"


def retraining_answer(retraining: Retraining) -> dict[str, Any]:
    """Return the retraining under way, and the one that is asked for."""
    running, asked = retraining.running, retraining.asked
    return {"running": running and running_answer(running), "asked": asked and _asked(asked)}


def running_answer(running: Running) -> dict[str, Any]:
    """Return a retraining under way."""
    return {
        "id": running.id,
        "by": running.by,
        "reason": running.reason,
        "started_at": iso(running.started_at),
        "phase": running.phase,
        "share": running.share,
    }


def _asked(asked: Request) -> dict[str, Any]:
    return {"id": asked.id, "by": asked.by, "reason": asked.reason, "at": iso(asked.at)}
