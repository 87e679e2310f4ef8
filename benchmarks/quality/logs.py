"""The logs to judge models on: files, and made-up ones."""

from collections.abc import Iterator, Sequence
from typing import Any

from models.domain import Domain
from models.plan import Plan
from replay.generate import load as load_maker
from stream.logfile import LogFile
from stream.unfolding import unfolded

#: Users of generated logs, for each of the domain's crowd; days, by what is predicted; warm-up.
USERS, DAYS, WARMUP = 300, {"chance": 62, "amount": 60}, 20


def planned(
    domain: Domain[Any, Any],
    seeds: Sequence[int],
    users: int | None,
    days: int | None,
    drift_at: int | None = None,
) -> list[Plan]:
    """Return the plans of made-up logs; None stands for what suits the domain.

    Raises:
        ValueError: there can be no such log.
    """
    users = USERS * domain.crowd if users is None else users
    days = DAYS[domain.objective.kind] if days is None else days
    return [Plan(users, days, seed, drift_at=drift_at) for seed in seeds]


def logs(
    files: Sequence[str], domain: Domain[Any, Any], plans: Sequence[Plan]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield each log's name and its records."""
    for path in files:
        yield path, (record for _, record in unfolded(LogFile(path), domain))
    for plan in plans:
        drift = "" if plan.drift_at is None else f", drift at day {plan.drift_at}"
        name = f"generated: {plan.users} users, {plan.days} days, seed {plan.seed}{drift}"
        yield name, (line for _, line in load_maker(domain.name)(plan))
