"""The benchmark's retraining: what the trainer would do, beside a backtest."""

from benchmarks.quality.played import Played, play
from models.domains.churn import Churn
from models.plan import Plan
from replay.generate import load as load_maker
from stream.settings import load


class FewChoices(Churn):
    """Churn, with two candidates."""

    candidates = Churn.candidates[:2]


CHURN = FewChoices()
PLAN = Plan(60, 36, 1)


def played(schedule: str) -> tuple[Played, list[str]]:
    told: list[str] = []
    lines = (line for _, line in load_maker("churn")(PLAN))
    settings = load({"retrain_schedule": schedule, "retrain_on_drift": False})
    return play(CHURN, lines, settings, told.append), told


def test_what_a_scheduled_retraining_finds_shadows_the_champion() -> None:
    found, told = played("0 3 * * 1")
    challenged = [words for words in told if "challenged" in words]
    assert challenged
    name = challenged[0].split(": ")[1].removeprefix("challenged ")
    shadowed = [e for e in found.examples if name in e.predictions]
    assert shadowed
    assert all(next(iter(e.predictions)) != name for e in shadowed)
    again, told_again = played("0 3 * * 1")
    assert told_again == told
    assert [e.predictions for e in again.examples] == [e.predictions for e in found.examples]


def test_without_a_schedule_nothing_is_retrained() -> None:
    found, told = played("")
    assert not [words for words in told if "challenged" in words]
    recipes = {recipe.name for recipe in CHURN.recipes}
    assert all(set(e.predictions) == recipes for e in found.examples)
