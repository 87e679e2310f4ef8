"""Every installed domain passes the battery, and the battery finds planted faults."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from models import domains
from models.checks import CHECKS, check_domain
from models.domains.churn import Churn

Check = Callable[[Any], None]


@pytest.mark.parametrize("name", domains.names())
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_installed_domains_pass(name: str, check: Check) -> None:
    assert domains.load(name).name == name
    check(domains.load(name))


class NaNFeature(Churn):
    def features(self, data: Any, at: int) -> dict[str, float]:
        return super().features(data, at) | {self.feature_names[0]: float("nan")}


class HugeFeature(Churn):
    def features(self, data: Any, at: int) -> dict[str, float]:
        return super().features(data, at) | {self.feature_names[0]: 1e9}


class Shuffled(Churn):
    def features(self, data: Any, at: int) -> dict[str, float]:
        return dict(reversed(super().features(data, at).items()))


class Impure(Churn):
    def features(self, data: Any, at: int) -> dict[str, float]:
        data.last_ts += 1
        return super().features(data, at)


class Crashing(Churn):
    def parse(self, record: Mapping[str, object]) -> Any:
        record["page"].strip()  # type: ignore[attr-defined]  # the fault
        return super().parse(record)


class Standing(Churn):
    def next_snapshot(self, first_ts: int, after: int) -> int:
        return after


class Speechless(Churn):
    def describe(self, feature: str, value: float) -> str:
        return ""


class Nameless(Churn):
    recipes = ()


@pytest.mark.parametrize(
    "fault",
    [NaNFeature, HugeFeature, Shuffled, Impure, Crashing, Standing, Speechless, Nameless],
)
def test_a_planted_fault_is_found(fault: type[Churn]) -> None:
    with pytest.raises((AssertionError, StopIteration)):
        check_domain(fault())
