"""The made churn logs look like the service's own."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import fmean, mean, median
from typing import Any

import orjson
import pytest

from models import domains
from models.plan import DAY_MS, Plan
from replay import generate

# Pages of 271,147 events of 224 users in 62 days; 61 of them cancelled.
USUAL_PAGES = {
    "NextSong": 216565,
    "Home": 13587,
    "Thumbs Up": 12141,
    "Add to Playlist": 6254,
    "Add Friend": 4040,
    "Roll Advert": 3282,
    "Logout": 2938,
    "Login": 2933,
    "Thumbs Down": 2147,
    "Downgrade": 1922,
    "Help": 1564,
    "Settings": 1455,
    "About": 937,
    "Upgrade": 473,
    "Save Settings": 303,
    "Error": 236,
    "Submit Upgrade": 171,
    "Submit Downgrade": 77,
    "Cancel": 61,
    "Cancellation Confirmation": 61,
}
USUAL_EVENTS = sum(USUAL_PAGES.values())
USUAL_RATE = USUAL_EVENTS / 224 / 62
USUAL_CHURN = 61 / 224

ALWAYS = {"ts", "userId", "sessionId", "page", "auth", "method", "status", "level", "itemInSession"}
PERSONAL = {"location", "userAgent", "lastName", "firstName", "registration", "gender"}
MUSICAL = {"artist", "song", "length"}


def records(plan: Plan) -> Iterator[dict[str, Any]]:
    return (orjson.loads(line) for _, line in generate.load("churn")(plan))


@dataclass
class Overview:
    """What a long log comes to, without holding it."""

    plan: Plan
    pages: Counter[str] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)
    weekdays: Counter[int] = field(default_factory=Counter)
    by_user: defaultdict[str, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter[str])
    )
    sessions: Counter[tuple[str, int]] = field(default_factory=Counter)
    cancels: dict[str, int] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)
    levels: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for event in records(self.plan):
            page, user, ts = event["page"], event["userId"], event["ts"]
            self.pages[page] += 1
            self.hours[ts // 3_600_000 % 24] += 1
            self.weekdays[(ts // DAY_MS + 3) % 7] += 1
            self.levels[event["level"]] += 1
            if user:
                self.by_user[user][page] += 1
                self.sessions[user, event["sessionId"]] += 1
            if page == "Cancel":
                self.cancels[user] = ts
            if page == "Cancellation Confirmation":
                self.waits[user] = (ts - self.cancels[user]) / 1000

    @property
    def events(self) -> int:
        return self.pages.total()

    def rate(self, page: str, *, left: bool) -> float:
        """The mean over users of how often a page comes per song."""
        return fmean(
            counts[page] / counts["NextSong"]
            for user, counts in self.by_user.items()
            if (user in self.cancels) == left and counts["NextSong"] >= 50
        )


@pytest.fixture(scope="module")
def long_log() -> Overview:
    return Overview(Plan(users=400, days=62, seed=1))


@pytest.fixture(scope="module")
def short_log() -> list[dict[str, Any]]:
    return list(records(Plan(users=60, days=20, seed=3)))


@pytest.mark.parametrize("page", USUAL_PAGES)
def test_pages_come_about_as_often_as_in_the_log_of_the_service(
    long_log: Overview, page: str
) -> None:
    usual = USUAL_PAGES[page] / USUAL_EVENTS
    rare = USUAL_PAGES[page] < 1000
    assert long_log.pages[page] / long_log.events == pytest.approx(usual, rel=0.4 if rare else 0.2)


def test_there_are_no_other_pages(long_log: Overview) -> None:
    assert set(long_log.pages) == set(USUAL_PAGES)


def test_users_are_as_active_and_as_many_leave_as_in_the_log_of_the_service(
    long_log: Overview,
) -> None:
    assert long_log.events / 400 / 62 == pytest.approx(USUAL_RATE, rel=0.2)
    assert len(long_log.cancels) / 400 == pytest.approx(USUAL_CHURN, rel=0.25)
    assert long_log.levels["paid"] / long_log.events == pytest.approx(0.83, abs=0.07)


def test_visits_are_mostly_short_and_sometimes_long(long_log: Overview) -> None:
    lengths = sorted(long_log.sessions.values())
    assert 25 <= median(lengths) <= 75
    assert 100 <= lengths[len(lengths) * 9 // 10] <= 300


def test_some_users_listen_far_more_than_others(long_log: Overview) -> None:
    counts = sorted(user.total() for user in long_log.by_user.values())
    assert counts[len(counts) * 9 // 10] > 10 * counts[len(counts) // 10]


def test_people_listen_in_the_afternoon_and_on_working_days(long_log: Overview) -> None:
    assert sum(long_log.hours[hour] for hour in range(15, 19)) > 1.3 * sum(
        long_log.hours[hour] for hour in range(5, 9)
    )
    assert long_log.weekdays[1] > 1.5 * long_log.weekdays[6]


def test_cancel_comes_half_a_minute_before_its_confirmation(long_log: Overview) -> None:
    assert 20 <= median(long_log.waits.values()) <= 50
    assert min(long_log.waits.values()) >= 1


def test_who_leaves_has_disliked_more_songs(long_log: Overview) -> None:
    assert long_log.rate("Thumbs Down", left=True) > 1.3 * long_log.rate("Thumbs Down", left=False)


def test_nearly_everyone_is_seen(long_log: Overview) -> None:
    assert 385 <= len(long_log.by_user) <= 400


def test_every_event_has_the_keys_of_its_kind(short_log: list[dict[str, Any]]) -> None:
    for event in short_log:
        expected = set(ALWAYS)
        if event["userId"]:
            expected |= PERSONAL
        if event["page"] == "NextSong":
            expected |= MUSICAL
        assert set(event) == expected
    assert len(ALWAYS | PERSONAL | MUSICAL) == 18


def test_who_is_logged_out_has_no_name(short_log: list[dict[str, Any]]) -> None:
    logged_out = [event for event in short_log if event["auth"] == "Logged Out"]
    assert {event["page"] for event in logged_out} == {"Home", "Login", "About", "Help"}
    assert {event["userId"] for event in logged_out} == {""}
    assert all(event["userId"] for event in short_log if event["auth"] != "Logged Out")


def test_several_events_share_a_millisecond(short_log: list[dict[str, Any]]) -> None:
    times = [event["ts"] for event in short_log]
    assert len(set(times)) < len(times)


def test_a_user_stays_the_same_person(short_log: list[dict[str, Any]]) -> None:
    people: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for event in short_log:
        if event["userId"]:
            people[event["userId"]].add(tuple(event[key] for key in sorted(PERSONAL)))
    assert all(len(person) == 1 for person in people.values())


def test_users_register_before_their_first_event_and_some_during_the_log(
    short_log: list[dict[str, Any]],
) -> None:
    first: dict[str, dict[str, Any]] = {}
    for event in short_log:
        if event["userId"]:
            first.setdefault(event["userId"], event)
    assert all(event["registration"] < event["ts"] for event in first.values())
    newcomers = [e for e in first.values() if e["registration"] >= Plan(1, 1).start_ms]
    assert 5 <= len(newcomers) <= 25


def test_levels_change_only_where_they_are_changed(short_log: list[dict[str, Any]]) -> None:
    level: dict[str, str] = {}
    submitted: dict[str, str] = {}
    changes = 0
    for event in short_log:
        user = event["userId"]
        if not user:
            continue
        if event["level"] != level.get(user, event["level"]):
            changes += 1
            wanted = {"paid": "Submit Upgrade", "free": "Submit Downgrade"}[event["level"]]
            assert submitted[user] == wanted
        level[user] = event["level"]
        submitted[user] = event["page"]
    assert changes > 0


def test_the_next_song_does_not_start_before_the_last_one_has_ended(
    short_log: list[dict[str, Any]],
) -> None:
    ends: dict[int, int] = {}
    for event in short_log:
        if event["page"] == "NextSong":
            assert event["ts"] >= ends.get(event["sessionId"], 0)
            ends[event["sessionId"]] = event["ts"] + int(event["length"]) * 1000
        elif event["page"] == "Logout":
            ends.pop(event["sessionId"], None)


def test_there_are_many_artists_with_several_songs(short_log: list[dict[str, Any]]) -> None:
    songs = {(e["artist"], e["song"], e["length"]) for e in short_log if e["page"] == "NextSong"}
    artists = Counter(artist for artist, _, _ in songs)
    assert len(artists) > 200
    assert max(artists.values()) > 5
    lengths = [length for _, _, length in songs]
    assert 200 < median(lengths) < 260
    assert min(lengths) < 100
    assert max(lengths) > 600


def test_the_domain_accepts_every_event(short_log: list[dict[str, Any]]) -> None:
    churn = domains.load("churn")
    for event in short_log:
        parsed = churn.parse(event)
        if event["userId"]:
            assert parsed is not None
            assert (parsed.user_id, parsed.ts) == (event["userId"], event["ts"])
        else:
            assert parsed is None


def test_ids_do_not_tell_who_leaves(long_log: Overview) -> None:
    gone = mean(int(user) for user in long_log.cancels)
    stayed = mean(int(user) for user in long_log.by_user if user not in long_log.cancels)
    assert abs(gone - stayed) < 50  # of 400; the standard error is 13


def test_a_drift_changes_nothing_before_its_day_and_much_after_it() -> None:
    plain = Plan(users=150, days=20, seed=5)
    drifting = Plan(users=150, days=20, seed=5, drift_at=10)
    drift_ms = plain.start_ms + 10 * DAY_MS
    maker = generate.load("churn")
    usual = list(maker(plain))
    changed = list(maker(drifting))
    before = [line for line in usual if line[0] < drift_ms]
    assert before == [line for line in changed if line[0] < drift_ms]

    after = [orjson.loads(line) for ts, line in changed if ts >= drift_ms + DAY_MS]
    otherwise = [orjson.loads(line) for ts, line in usual if ts >= drift_ms + DAY_MS]
    assert _share(after, "Error") > 2 * _share(otherwise, "Error")
    assert _share(after, "Roll Advert") > 1.2 * _share(otherwise, "Roll Advert")
    assert _share(after, "Thumbs Up") < 0.85 * _share(otherwise, "Thumbs Up")
    assert _mean_visit(after) < 0.85 * _mean_visit(otherwise)


def _share(events: list[dict[str, Any]], page: str) -> float:
    return Counter(event["page"] for event in events)[page] / len(events)


def _mean_visit(events: list[dict[str, Any]]) -> float:
    visits = Counter(event["sessionId"] for event in events)
    return visits.total() / len(visits)
