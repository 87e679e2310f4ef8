"""The line-up: who serves, who shadows it, and who served before."""

from collections.abc import Sequence
from typing import Any

from models.contest.contest import Contest, Verdict
from models.domain import Domain
from models.effects import Example
from models.errors import Refused
from models.origin import Origin
from models.recipes import Model


class Lineup:
    """Champion, challengers and former champion of a domain.

    All of them predict every snapshot and learn every example; the champion's prediction is the
    score. The former champion stays, so that a rollback returns to a model that has gone on
    learning.

    Args:
        domain: whose recipes.
        names: of the recipes to begin with, the first as champion, the others as challengers; those
            in ``Domain.recipes`` if not given.

    Attributes:
        models: by name, the champion first.
        former: name of the champion before; empty for none.
        contests: by challenger.
        probation: of a champion that is new; else None.
    """

    def __init__(self, domain: Domain[Any, Any], names: Sequence[str] = ()) -> None:
        recipes = [domain.recipe(name) for name in names] or domain.recipes
        self._since = {recipe.name: 0 for recipe in recipes}
        self.models: dict[str, Model] = {recipe.name: recipe.build() for recipe in recipes}
        self._first_at = 0
        self.former = ""
        self.probation: Contest | None = None
        self.contests = self._contests(domain, [*self.models][1:])

    def learn(self, example: Example) -> None:
        """Let every model learn an example, unless it lies before the model's beginning."""
        for name, model in self.models.items():
            if example.at >= self._since[name]:
                model.learn(example.features, example.gain, example.window)

    @property
    def champion(self) -> str:
        """The champion's name."""
        return next(iter(self.models))

    @property
    def challengers(self) -> tuple[str, ...]:
        """The challengers' names."""
        return tuple(self.contests)

    def admit(self, domain: Domain[Any, Any], name: str, model: Model) -> None:
        """Let a model shadow the champion from now on.

        Raises:
            Refused: it is there already.
        """
        if name in self.models:
            raise Refused(f"{name} is in the line-up already")
        self.models[name] = model
        self._since[name] = Origin.parse(name).since
        self.contests |= self._contests(domain, [name])

    def promote(self, domain: Domain[Any, Any], name: str) -> None:
        """Let a challenger serve, on probation; contests begin anew, for the champion is another.

        Raises:
            Refused: it is no challenger.
        """
        self._require_challenger(name)
        others = [other for other in self.contests if other != name]
        if self.former and self.former not in (name, *others):
            if domain.stands(self.former):
                others.append(self.former)
            else:
                del self.models[self.former]
        self.former = self.champion
        self._reorder(name)
        self.contests = self._contests(domain, others)
        self.probation = Contest(name, self.former, domain.probation)

    def roll_back(self, domain: Domain[Any, Any]) -> str:
        """Let the former champion serve again, instead of the present one; return that one's name.

        One that began with the domain goes back among the challengers, another is forgotten.

        Raises:
            Refused: there is no former champion.
        """
        if not self.former:
            raise Refused("there is no former champion to go back to")
        failed, back = self.champion, self.former
        self._reorder(back)
        self.former, self.probation = "", None
        others = [name for name in self.contests if name != back]
        if domain.stands(failed):
            others.append(failed)
        else:
            del self.models[failed]
        self.contests = self._contests(domain, others)
        return failed

    def confirm(self, domain: Domain[Any, Any]) -> None:
        """End the champion's probation; if the former one began with the domain, it challenges."""
        self.probation = None
        if domain.stands(self.former) and self.former not in self.contests:
            self.contests |= self._contests(domain, [self.former])

    def drop(self, name: str) -> None:
        """Let a challenger go.

        Raises:
            Refused: it is no challenger.
        """
        self._require_challenger(name)
        del self.contests[name]
        if name != self.former:
            del self.models[name]

    def only_challenger(self) -> str:
        """Return the challenger, where there is but one.

        Raises:
            Refused: there are several, or none.
        """
        if len(self.contests) == 1:
            return next(iter(self.contests))
        if not self.contests:
            raise Refused("there is no challenger")
        raise Refused(f"there are several challengers, name one: {', '.join(self.contests)}")

    def judge(self, domain: Domain[Any, Any], example: Example) -> list[tuple[Contest, Verdict]]:
        """Let every contest take in a label; return those that it decides.

        Not of the first snapshots: who learns quickest in the beginning is not the best.
        """
        self._first_at = self._first_at or example.at
        if example.at < self._first_at + domain.settling:
            return []
        # probation first: who is worse than the one before gives its place back to that one
        running = [*([self.probation] if self.probation else []), *self.contests.values()]
        label = example.label or 0.0
        decided = []
        for contest in running:
            verdict = contest.add(example.user_id, example.predictions, label, domain.objective)
            if verdict:
                decided.append((contest, verdict))
        return decided

    def _require_challenger(self, name: str) -> None:
        if name not in self.contests:
            there = ", ".join(self.contests) or "none"
            raise Refused(f"{name} is no challenger; there are: {there}")

    def _contests(self, domain: Domain[Any, Any], names: list[str]) -> dict[str, Contest]:
        return {name: Contest(name, self.champion, domain.policy_for(name)) for name in names}

    def _reorder(self, champion: str) -> None:
        self.models = {champion: self.models.pop(champion), **self.models}
