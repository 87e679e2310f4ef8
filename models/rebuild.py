"""Makes a learner again from the examples log and the decisions that were taken along it.

What was decided is not decided anew: a later release may have other policies, and people had their
say. All else follows from the log.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any

from models.contest.decisions import Decision
from models.contest.lineup import Lineup
from models.contest.referee import Moment, Referee
from models.domain import Domain
from models.effects import Example, Snapshot
from models.errors import WeirError
from models.learner import Learner
from models.origin import Origin
from models.training.training import Training

#: Decisions that change the line-up.
_CHANGES = ("challenged", "promoted", "dropped", "confirmed", "rolled_back")


class CannotRebuild(WeirError):
    """The log and the decisions do not belong together; the message says how."""


class _Follower(Referee):
    """Decides what was decided, when it was."""

    def __init__(self, domain: Domain[Any, Any], decisions: Sequence[Decision]) -> None:
        super().__init__(domain)
        began = next((d for d in decisions if d.kind == "began"), None)
        if began is None:
            raise CannotRebuild("the decision with which learning began is missing")
        self.lineup = Lineup(domain, [began.champion.partition("@")[0], *began.challengers])
        self.coming = deque(d for d in decisions if d.kind in _CHANGES)
        newcomers = [Origin.parse(d.model) for d in self.coming if d.kind == "challenged"]
        self.training = Training(domain, newcomers)

    def labelled(self, domain: Domain[Any, Any], example: Example, at: Moment) -> bool:
        """Take in a label; do what was decided on it then, whatever the contests say now."""
        self.lineup.judge(domain, example)
        return self.follow(domain, at, wished=False)

    def follow(self, domain: Domain[Any, Any], at: Moment, *, wished: bool) -> bool:
        """Do what was decided at this moment; tell whether that was anything."""
        done = False
        while self.coming:
            decision = self.coming[0]
            when, now = (decision.records, decision.learnt), (at.records, at.learnt)
            if when > now or (when == now and bool(decision.wish) != wished):
                break
            if when < now:
                raise CannotRebuild(
                    f"{decision.id} was decided at position {decision.position}, and cannot be "
                    "found there: it is another log, or a part of it is missing"
                )
            self._do(domain, self.coming.popleft())
            done = True
        return done

    def _do(self, domain: Domain[Any, Any], decision: Decision) -> None:
        lineup, name = self.lineup, decision.model
        match decision.kind:
            case "challenged":
                found = next(c for c in self.training.candidates if str(c.origin) == name)
                self.training.candidates.remove(found)
                lineup.admit(domain, name, found.model)
            case "promoted":
                lineup.promote(domain, name)
            case "dropped":
                lineup.drop(name)
            case "confirmed":
                lineup.confirm(domain)
            case "rolled_back":
                lineup.roll_back(domain)


class Rebuild:
    """A learner that is made again.

    Args:
        domain: whose.
        decisions: all that were taken, the oldest first.
        watch_drift: as of the learner.

    Attributes:
        learner: as far as it has come.

    Raises:
        CannotRebuild: the first decisions are missing.
    """

    def __init__(
        self, domain: Domain[Any, Any], decisions: Sequence[Decision], *, watch_drift: bool = True
    ) -> None:
        self._follower = _Follower(domain, decisions)
        self.learner = Learner(domain, watch_drift=watch_drift)
        self.learner.referee = self._follower
        self.learner.line_up_changed(self.learner.lineup.champion)
        self._follow_wishes()

    def take(self, record: Example | Snapshot) -> None:
        """Take in the next record of the log.

        Raises:
            CannotRebuild: it is not the log along which was decided.
        """
        learner, follower = self.learner, self._follower
        if isinstance(record, Snapshot):
            learner.take(record)
        else:
            follower.training.take(record)
            learner.learn(record)
        self._follow_wishes()

    def _follow_wishes(self) -> None:
        learner = self.learner
        before = learner.lineup.champion
        if self._follower.follow(learner.domain, learner.moment, wished=True):
            learner.line_up_changed(before)

    def finish(self) -> Learner:
        """Return the learner; from now on it decides by itself.

        Raises:
            CannotRebuild: the log ends before the last decision.
        """
        if self._follower.coming:
            late = self._follower.coming[0]
            raise CannotRebuild(
                f"the log ends at position {self.learner.position}, before {late.id} was decided "
                f"at {late.position}"
            )
        referee = Referee(self.learner.domain)
        referee.lineup = self._follower.lineup
        self.learner.referee = referee
        return self.learner
