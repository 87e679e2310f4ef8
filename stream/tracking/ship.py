"""Ships what waits in the spool, oldest first, for as long as MLflow takes it."""

import logging
from typing import NamedTuple

from stream.tracking.entries import BadEntry, Entry, Live, Registration, Retraining
from stream.tracking.port import Tracking, TrackingAway, Untrackable
from stream.tracking.spool import Spool

logger = logging.getLogger(__name__)

#: Of live figures so many are kept for an MLflow that is away; the disk must not fill up with them.
MOST_LIVE = 10_000


class Shipped(NamedTuple):
    """What came of it.

    Attributes:
        shipped: entries that MLflow has now.
        set_aside: entries that it will never have.
        waiting: entries that still wait.
        why: why they do; empty for none that do.
    """

    shipped: int
    set_aside: int
    waiting: int
    why: str


def ship(spool: Spool, tracking: Tracking) -> Shipped:
    """Send the entries of a spool, oldest first, and forget those that were taken.

    It ends at the first one that cannot be sent now, so that the order is kept. Only live figures
    are ever dropped, the oldest of them, when more than ``MOST_LIVE`` wait. It blocks for as
    long as MLflow takes. Nothing is raised for MLflow's sake.

    Raises:
        OSError: the spool's directory cannot be written.
    """
    shipped = set_aside = 0
    why = ""
    with spool.shipping() as is_ours:
        if not is_ours:
            return Shipped(0, 0, len(spool.waiting()), "another process ships them")
        for name in spool.waiting():
            try:
                _send(spool.read(name), tracking)
            except TrackingAway as away:
                why = str(away)
                spool.thin_out("live", MOST_LIVE)
                break
            except (BadEntry, Untrackable) as broken:
                spool.set_aside(name, str(broken))
                set_aside += 1
                continue
            except Exception as error:
                # a mistake of ours, or of MLflow's; those behind it must not wait for its repair
                logger.exception("%s cannot be tracked", name)
                spool.set_aside(name, f"{type(error).__name__}: {error}")
                set_aside += 1
                continue
            spool.remove(name)
            shipped += 1
    result = Shipped(shipped, set_aside, len(spool.waiting()), why)
    if why:
        logger.warning("%d entries wait to be tracked: %s", result.waiting, why)
    return result


def _send(entry: Entry, tracking: Tracking) -> None:
    match entry:
        case Retraining():
            tracking.retraining(entry)
        case Registration():
            tracking.register(entry)
        case Live():
            tracking.live(entry)
