"""A whole retraining, on a log that can be read twice: candidates made, judged and compared."""

from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from models.domain import Domain
from models.effects import Example
from models.training.choice import Choice, beginnings, choose, judged_since, origins
from models.training.comparison import Comparison
from models.training.judged import Judged, Judges
from models.training.report import AgeReport, TrialReport
from models.training.training import Candidate, Training

#: Labels that candidates are judged on, at most.
JUDGED = 20_000


class Findings(NamedTuple):
    """What a study has found.

    Attributes:
        judges: the log, as it was looked through.
        judged: the snapshots that candidates were compared on.
        champion: the figures of what was served.
        trials: of the candidates, the best first.
        choice: the one that becomes challenger, if any.
        training: the candidates, at the log's end; take further examples in to catch up.
    """

    judges: Judges
    judged: list[Judged]
    champion: list[AgeReport]
    trials: list[TrialReport]
    choice: Choice
    training: Training

    def candidate(self) -> Candidate:
        """Return the one that was chosen; the others are forgotten, to save what they cost."""
        found = [c for c in self.training.candidates if str(c.origin) == self.choice.model]
        self.training.candidates = found
        return found[0]


class Study:
    """Compares candidates with the champion.

    Memory is bounded: the log is read twice and never held; what is held are the judged snapshots
    and the candidates.

    Args:
        domain: whose log.
        read: yields the examples of the log, in order; called twice.
        champion: the name of the model that serves.
        there: names of all models in the line-up.
        recipes: names of the recipes to try; empty for all.
        since: the candidates learn from this day (ms) on only; None for the usual ones.
        shift: about when the world has changed, ms; 0 if it has not.
        enter: choose the best candidate even if the champion was better.
        most: labels to judge on, at most.
        seed: of the bootstrap.
        clock: seconds, to say how long each candidate took.
        progress: told the phase and how many examples of it are done; it may raise, to stop.
    """

    def __init__(
        self,
        domain: Domain[Any, Any],
        read: Callable[[], Iterator[Example]],
        champion: str,
        there: Collection[str],
        *,
        recipes: Collection[str] = (),
        since: int | None = None,
        shift: int = 0,
        enter: bool = False,
        most: int = JUDGED,
        seed: int = 0,
        clock: Callable[[], float] = lambda: 0.0,
        progress: Callable[[str, int], None] = lambda _phase, _done: None,
    ) -> None:
        self._domain, self._read, self._champion, self._there = domain, read, champion, there
        self._recipes, self._since, self._most, self._seed = recipes, since, most, seed
        self._shift, self._enter = shift, enter
        self._clock, self._progress = clock, progress

    def run(self) -> Findings:
        """Do it.

        1. Look through the log: the newest labels are what candidates are judged on, those of
           snapshots that all of them can predict.
        2. Let every candidate learn the log, and predict those snapshots when its time comes.
        3. Compare, on the same labels, with what the champion had said.
        """
        judges = Judges(self._most)
        for done, example in enumerate(self._read()):
            self._progress("looking through the examples", done)
            judges.take(example)
        days, recipes = self._days(judges), self._recipes
        since = judged_since(self._domain, days, judges.intake.clock)
        judged = judges.found(since or 0)
        if since is None and self._shift:
            # nobody can be judged, and this is the one that may come in unjudged
            recipes = recipes or [self._first]
        found = origins(self._domain, days, self._there, recipes)
        training = Training(self._domain, found, judged, self._clock)
        for done, example in enumerate(self._read()):
            self._progress("training", done)
            training.take(example)
        training.finish()
        self._progress("comparing", 0)
        if not judged:
            return Findings(judges, judged, [], [], Choice("", "no label is known yet"), training)
        comparison = Comparison(self._domain, judged, self._champion, self._seed)
        trials = [] if since is None else map(comparison.trial, training.candidates)
        ranked = sorted((t for t in trials if t), key=lambda trial: -trial.gain)
        unjudged = self._unjudged(training, [trial.model for trial in ranked])
        choice = choose(ranked, unjudged, enter=self._enter)
        return Findings(judges, judged, comparison.champion(), ranked, choice, training)

    def _days(self, judges: Judges) -> list[int]:
        if self._since is not None:
            return [self._since]
        return beginnings(self._domain, judges.first_at, judges.intake.clock, self._shift)

    @property
    def _first(self) -> str:
        return self._domain.recipes[0].name

    def _unjudged(self, training: Training, judged: Collection[str]) -> str:
        """Return who may be chosen though nothing that it predicted is known; nothing for nobody.

        After a drift the domain's first recipe from the shift on, whoever serves by then: it is the
        one that learns best where nothing shifts. Where it is wished for, the only one.
        """
        if self._enter and len(training.candidates) == 1:
            return str(training.candidates[0].origin)
        if not self._shift:
            return ""
        fresh = [c for c in training.candidates if c.origin.recipe == self._first and c.learnt]
        return next((str(c.origin) for c in fresh if str(c.origin) not in judged), "")
