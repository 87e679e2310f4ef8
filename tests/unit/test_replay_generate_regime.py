"""What drives churn before the drift, and what after it."""

from dataclasses import replace

import pytest

from models.plan import DAY_MS, Plan
from replay.generate import pages
from replay.generate.regime import AFTER, BEFORE, daily_hazard
from replay.generate.users import Experience, User, make_users

NOW = Plan(1, 1).start_ms


@pytest.fixture
def user() -> User:
    someone = make_users(Plan(users=1, days=1))[0]
    someone.registered_ms = NOW - 100 * DAY_MS
    someone.level = pages.FREE
    someone.frailty = 0.0
    someone.tolerance = 1.0
    someone.experience = calm()
    return someone


def calm(**lived: float) -> Experience:
    return replace(Experience(songs_lately=20, songs_usually=20), **lived)


@pytest.mark.parametrize(
    ("lived", "before", "after"),
    [
        ({"adverts": 20.0}, 5.0, 1.0),
        ({"dislikes": 10.0}, 5.0, 1.1),
        ({"downgrade_visits": 10.0}, 2.0, 1.0),
        ({"errors": 3.0}, 1.2, 4.0),
        ({"songs_lately": 1.0}, 1.2, 4.0),
    ],
)
def test_annoyance_raises_the_hazard_by_at_least_this_factor(
    user: User, lived: dict[str, float], before: float, after: float
) -> None:
    for regime, factor in ((BEFORE, before), (AFTER, after)):
        usual = daily_hazard(user, regime, NOW)
        user.experience = calm(**lived)
        assert daily_hazard(user, regime, NOW) >= usual * factor
        user.experience = calm()


@pytest.mark.parametrize("lived", [{"adverts": 20.0}, {"downgrade_visits": 10.0}, {"joys": 9.0}])
def test_what_mattered_before_the_drift_does_not_after_it(
    user: User, lived: dict[str, float]
) -> None:
    usual = daily_hazard(user, AFTER, NOW)
    user.experience = calm(**lived)
    assert daily_hazard(user, AFTER, NOW) == usual


def test_joy_keeps_people(user: User) -> None:
    usual = daily_hazard(user, BEFORE, NOW)
    user.experience = calm(joys=30.0)
    assert daily_hazard(user, BEFORE, NOW) < usual / 2


def test_new_users_leave_sooner(user: User) -> None:
    usual = daily_hazard(user, BEFORE, NOW)
    user.registered_ms = NOW
    assert daily_hazard(user, BEFORE, NOW) > 1.5 * usual


def test_paying_matters_only_after_the_drift(user: User) -> None:
    usual = [daily_hazard(user, regime, NOW) for regime in (BEFORE, AFTER)]
    user.level = pages.PAID
    paying = [daily_hazard(user, regime, NOW) for regime in (BEFORE, AFTER)]
    assert paying[0] == usual[0]
    assert paying[1] > 2 * usual[1]


def test_the_tolerant_stay(user: User) -> None:
    user.experience = calm(adverts=10.0, dislikes=5.0)
    annoyed = daily_hazard(user, BEFORE, NOW)
    user.tolerance = 3.0
    assert daily_hazard(user, BEFORE, NOW) < annoyed / 2


def test_an_experience_fades() -> None:
    lived = Experience(adverts=10.0, errors=1.0, songs_lately=8.0, songs_usually=8.0)
    for _ in range(10):
        lived.fade()
    assert lived.adverts == pytest.approx(10 / 2.718281828, rel=1e-6)
    assert lived.songs_lately < lived.songs_usually < 8


def test_ids_are_a_permutation_and_people_differ() -> None:
    users = make_users(Plan(users=40, days=10, seed=2))
    assert sorted(int(user.front[1:-1]) for user in users) == list(range(2, 42))
    assert len({user.tail for user in users}) == 40
    assert len({round(user.pace, 3) for user in users}) > 30
