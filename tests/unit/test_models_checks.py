"""Every installed domain passes the battery, and the battery finds planted faults."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from models import domains
from models.checks import CHECKS, check_domain
from models.domains.churn import Churn, ChurnData, ChurnEvent
from models.recipes import Recipe

Check = Callable[[Any], None]


@pytest.mark.parametrize("name", domains.names())
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_installed_domains_pass(name: str, check: Check) -> None:
    assert domains.load(name).name == name
    check(domains.load(name))


class WithFirst(Churn):
    """Churn whose first feature is something else."""

    first: ClassVar[float] = 0.0

    def features(self, data: ChurnData, at: int) -> dict[str, float]:
        return super().features(data, at) | {self.feature_names[0]: self.first}


class NaNFeature(WithFirst):
    first = float("nan")


class HugeFeature(WithFirst):
    first = 1e9


class Shuffled(Churn):
    def features(self, data: ChurnData, at: int) -> dict[str, float]:
        return dict(reversed(super().features(data, at).items()))


class Impure(Churn):
    def features(self, data: ChurnData, at: int) -> dict[str, float]:
        data.last_ts += 1
        return super().features(data, at)


class Identifying(Churn):
    """Counts the length of the user's id as songs of the session."""

    def new_data(self, event: ChurnEvent) -> ChurnData:
        data = super().new_data(event)
        data.session_songs = len(event.user_id)
        return data

    def _new_session(self, data: ChurnData, event: ChurnEvent) -> None:
        data.session = event.session


class Gendered(Churn):
    feature_names = (*Churn.feature_names[:-1], "gender")


class Crashing(Churn):
    def parse(self, record: Mapping[str, object]) -> Any:
        record["page"].strip()  # type: ignore[attr-defined]  # the fault
        return super().parse(record)


class Keyless(Churn):
    """Gives every event another key, so that duplicates look new."""

    calls = 0

    def parse(self, record: Mapping[str, object]) -> ChurnEvent | None:
        event = super().parse(record)
        if event is not None:
            event.key = self.calls = self.calls + 1
        return event

    def update(self, data: ChurnData, event: ChurnEvent) -> None:
        event.key += 1
        super().update(data, event)


class Standing(Churn):
    def next_snapshot(self, data: ChurnData, after: int) -> int:
        return after


class Never(Churn):
    def next_snapshot(self, data: ChurnData, after: int) -> int:
        return 0


class Speechless(Churn):
    def describe(self, feature: str, value: float, data: ChurnData) -> str:
        return ""


class Unclosed(Churn):
    def sample_events(self) -> list[Mapping[str, object]]:
        return list(super().sample_events())[:-1]


class Nameless(Churn):
    recipes = ()


class Certain:
    """Predicts what is no probability."""

    def predict(self, features: dict[str, float]) -> float:
        return 2.0

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:
        """Learn nothing."""


class Overconfident(Churn):
    recipes = (Recipe("certain", "always sure", Certain),)


class Forgetful:
    """Does not survive pickling: what was learnt is left behind."""

    def __init__(self) -> None:
        self.positives = 0

    def predict(self, features: dict[str, float]) -> float:
        return self.positives / (self.positives + 1)

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:
        self.positives += bool(gain)

    def __reduce__(self) -> Any:
        return (Forgetful, ())


class Amnesic(Churn):
    recipes = (Recipe("forgetful", "learns until stored", Forgetful),)


class Repeating(Churn):
    overlap = 3


class Misnaming(Churn):
    trending = ("days_of_wine_and_roses",)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (NaNFeature, "is nan"),
        (HugeFeature, "half float"),
        (Shuffled, "follow feature_names"),
        (Impure, "must not change the state"),
        (Identifying, "change with the user's id"),
        (Gendered, "gender must not be a feature|follow feature_names"),
        (Crashing, "parse raised"),
        (Keyless, "duplicate changes the state"),
        (Standing, "after the moment asked about"),
        (Never, "lead to a snapshot"),
        (Speechless, "no words"),
        (Unclosed, "outcome that is reached"),
        (Repeating, "share an outcome"),
        (Misnaming, "no features: .'days_of_wine_and_roses'."),
        (Nameless, "names of their own"),
        (Overconfident, "no chance"),
        (Amnesic, "after pickling"),
    ],
)
def test_a_planted_fault_is_found(fault: type[Churn], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_domain(fault())
