"""What starts a retraining: the schedule, and alarms of concept drift."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from cronsim import CronSim

from models.alarms import Alarm
from models.plan import DAY_MS
from stream.retraining.state import Request
from stream.settings import Settings


class Memory(msgspec.Struct, frozen=True):
    """What has been considered already; kept in Redis.

    Attributes:
        alarm: id of the newest alarm that was looked at; empty before the first.
        drift_at: the stream's clock when an alarm last started a retraining, ms; 0 for never.
        scheduled: the stream's clock when the schedule was last looked at and kept, ms; 0 before.
    """

    alarm: str = ""
    drift_at: int = 0
    scheduled: int = 0


def due(
    settings: Settings, memory: Memory, alarms: Sequence[Alarm], clock: int, now_ms: int
) -> tuple[Request | None, Memory]:
    """Return the retraining that is due now, if any, and what to remember.

    A drift comes before the schedule. What was missed while nobody looked is due once, not often.

    Args:
        settings: schedule and cool-down.
        memory: what has been considered.
        alarms: the newest ones, newest first.
        clock: the stream's, ms; 0 before the first event.
        now_ms: wall clock.
    """
    new = _unseen(alarms, memory.alarm)
    worse = [alarm for alarm in new if _is_worse(alarm)]
    if alarms:
        memory = msgspec.structs.replace(memory, alarm=alarms[0].id)
    if not clock:
        return None, memory
    if worse and settings.retrain_on_drift:
        since = clock - memory.drift_at
        if not memory.drift_at or since >= settings.retrain_cooldown_days * DAY_MS:
            alarm = worse[0]
            memory = msgspec.structs.replace(memory, drift_at=clock)
            asked = Request(f"drift-{alarm.id}", "drift", _told(alarm), now_ms, alarm.since)
            return asked, memory
    if not settings.retrain_schedule:
        return None, memory
    if not memory.scheduled:
        return None, msgspec.structs.replace(memory, scheduled=clock)
    following = next_after(settings.retrain_schedule, memory.scheduled)
    if clock < following:
        return None, memory
    said = datetime.fromtimestamp(following / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    reason = f"the schedule ({settings.retrain_schedule}) was due {said}"
    memory = msgspec.structs.replace(memory, scheduled=clock)
    # from the last shift on there may be labels by now
    shift = next((alarm.since for alarm in alarms if _is_worse(alarm)), 0)
    return Request(f"schedule-{following}", "schedule", reason, now_ms, shift), memory


def next_after(schedule: str, ms: int) -> int:
    """Return the first time of a cron expression after another (both ms, UTC).

    >>> next_after("0 3 * * 1", 1_538_352_000_000) - 1_538_352_000_000 == 3 * 3_600_000
    True
    """
    following: datetime = next(CronSim(schedule, datetime.fromtimestamp(ms / 1000, UTC)))
    return int(following.timestamp() * 1000)


def _unseen(alarms: Sequence[Alarm], seen: str) -> list[Alarm]:
    """Return the alarms that are newer than the one that was looked at last, newest first."""
    ids = [alarm.id for alarm in alarms]
    return list(alarms[: ids.index(seen)] if seen in ids else alarms)


def _is_worse(alarm: Alarm) -> bool:
    return alarm.kind == "concept" and alarm.direction == "degraded"


def _told(alarm: Alarm) -> str:
    return f"concept drift: {alarm.signal} went from {alarm.before:.3g} to {alarm.after:.3g}"
