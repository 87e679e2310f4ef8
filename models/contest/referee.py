"""The referee: turns verdicts and wishes into decisions, and carries them out on the line-up."""

from typing import Any, NamedTuple

from models.contest.contest import Contest, Evidence, Verdict
from models.contest.decisions import POLICY, Decision, Kind
from models.contest.lineup import Lineup
from models.contest.wishes import Challenge, Drop, Promote, Rollback, Wish
from models.domain import Domain
from models.effects import Example
from models.errors import Refused
from models.recipes import Model


class Moment(NamedTuple):
    """When something is decided.

    Attributes:
        position: how many examples of the log had been taken in.
        records: how many records of it, snapshots too.
        learnt: how many examples had been learnt.
        clock: newest event time at which a label became known, ms.
    """

    position: int
    records: int
    learnt: int
    clock: int


class Referee:
    """Decides about a domain's line-up.

    Args:
        domain: whose.

    Attributes:
        lineup: as it stands.
        decisions: that were taken and not collected yet.
    """

    def __init__(self, domain: Domain[Any, Any]) -> None:
        self.lineup = Lineup(domain)
        self.decisions: list[Decision] = []

    def labelled(self, domain: Domain[Any, Any], example: Example, at: Moment) -> bool:
        """Take in a label; decide what it decides; tell whether that was anything."""
        verdicts = self.lineup.judge(domain, example)
        for contest, verdict in verdicts:
            self._decide(domain, contest, verdict, at)
        return bool(verdicts)

    def begin(self, domain: Domain[Any, Any], at: Moment) -> None:
        """Note with which line-up learning begins."""
        self._note(domain, "began", "", POLICY, "learning begins", at)

    def grant(
        self, domain: Domain[Any, Any], wish: Wish, at: Moment, model: Model | None = None
    ) -> None:
        """Carry out a wish, or refuse it.

        Args:
            domain: the same as ever.
            wish: what is asked for.
            at: when.
            model: the model of a ``Challenge``, at this position of the log.
        """
        try:
            kind, name, reason, evidence = self._carry_out(domain, wish, model)
        except Refused as refusal:
            self.refuse(domain, wish, at, str(refusal))
            return
        self._note(domain, kind, name, wish.by, reason, at, evidence, wish.id)

    def refuse(self, domain: Domain[Any, Any], wish: Wish, at: Moment, reason: str) -> None:
        """Note that a wish is not carried out, and why."""
        name = "" if isinstance(wish, Rollback) else wish.model
        self._note(domain, "refused", name, wish.by, reason, at, None, wish.id)

    def _carry_out(
        self, domain: Domain[Any, Any], wish: Wish, model: Model | None
    ) -> tuple[Kind, str, str, Evidence | None]:
        lineup = self.lineup
        match wish:
            case Challenge():
                if model is None:
                    raise Refused("it came without a model")
                lineup.admit(domain, wish.model, model)
                return "challenged", wish.model, wish.reason, None
            case Promote():
                name = wish.model or lineup.only_challenger()
                evidence = self._evidence(domain, lineup.contests.get(name))
                lineup.promote(domain, name)
                return "promoted", name, "asked for, whatever the contest says", evidence
            case Rollback():
                evidence = self._evidence(domain, lineup.probation)
                failed = lineup.roll_back(domain)
                return "rolled_back", failed, f"asked for; {lineup.champion} serves again", evidence
            case Drop():
                name = wish.model or lineup.only_challenger()
                evidence = self._evidence(domain, lineup.contests.get(name))
                lineup.drop(name)
                return "dropped", name, "asked for", evidence

    def _evidence(self, domain: Domain[Any, Any], contest: Contest | None) -> Evidence | None:
        return contest.evidence(domain.objective) if contest and contest.labels else None

    def _decide(
        self, domain: Domain[Any, Any], contest: Contest, verdict: Verdict, at: Moment
    ) -> None:
        lineup, name = self.lineup, contest.model
        evidence = contest.evidence(domain.objective)
        kind: Kind
        if contest is lineup.probation:
            if verdict == "worse":
                lineup.roll_back(domain)
                kind, reason = "rolled_back", f"worse than {contest.against}, which serves again"
            else:
                lineup.confirm(domain)
                kind, reason = "confirmed", f"not worse than {contest.against} in its probation"
        elif lineup.contests.get(name) is not contest:
            return  # another verdict on the same label has changed the line-up
        elif verdict == "better":
            lineup.promote(domain, name)
            kind, reason = "promoted", f"better than {contest.against}, and as well calibrated"
        else:
            lineup.drop(name)
            how = "worse than" if verdict == "worse" else "not shown to be better than"
            kind, reason = "dropped", f"{how} {contest.against}"
        self._note(domain, kind, name, POLICY, reason, at, evidence)

    def _note(
        self,
        domain: Domain[Any, Any],
        kind: Kind,
        model: str,
        by: str,
        reason: str,
        at: Moment,
        evidence: Evidence | None = None,
        wish: str = "",
    ) -> None:
        self.decisions.append(
            Decision(
                id=f"{kind}-{wish or f'{model}-{at.position}'}",
                domain=domain.name,
                kind=kind,
                model=model,
                champion=f"{self.lineup.champion}@{at.position}",
                by=by,
                reason=reason,
                position=at.position,
                event_time=at.clock,
                challengers=self.lineup.challengers,
                former=self.lineup.former,
                records=at.records,
                learnt=at.learnt,
                evidence=evidence,
                wish=wish,
            )
        )
