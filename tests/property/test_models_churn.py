"""Churn's state and features hold for any log, however odd."""

import math

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from models import domains
from models.domains.churn import PAGES, Churn, ChurnData, ChurnEvent
from models.errors import BadRecord
from models.sanitise import MIN_TS

DAY = 86_400_000
DOMAIN = Churn()
START = 1_538_352_000_000

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["NaN", "inf", "1538352000000", "paid", "free", '"30"']),
    st.lists(st.none(), max_size=1),
)
pages = st.one_of(st.sampled_from(list(PAGES)), st.sampled_from(["Unknown Page"]))


@st.composite
def records(draw: st.DrawFn) -> dict[str, object]:
    record: dict[str, object] = {
        "userId": draw(st.one_of(st.just("u"), odd)),
        "ts": draw(st.one_of(st.integers(START, START + 90 * DAY), odd)),
        "page": draw(st.one_of(pages, odd)),
        "level": draw(st.one_of(st.sampled_from(["paid", "free"]), odd)),
        "sessionId": draw(st.one_of(st.integers(1, 9), odd)),
        "itemInSession": draw(st.one_of(st.integers(0, 99), odd)),
        "registration": draw(st.one_of(st.integers(MIN_TS, START), odd)),
        "auth": draw(st.one_of(st.sampled_from(["Logged In", "Logged Out", "Cancelled"]), odd)),
    }
    for field in draw(st.sets(st.sampled_from(list(record)), max_size=2)):
        del record[field]
    return record


def lived(log: list[dict[str, object]]) -> ChurnData | None:
    """Return the state of one user who did all that; what comes late is taken in as late."""
    data: ChurnData | None = None
    for record in log:
        try:
            event: ChurnEvent | None = DOMAIN.parse(record)
        except BadRecord:
            continue
        if event is None:
            continue
        if data is None:
            data = DOMAIN.new_data(event)
        if event.ts < data.last_ts:
            DOMAIN.update_late(data, event)
        else:
            DOMAIN.update(data, event)
    return data


@given(st.lists(records(), max_size=30), st.integers(0, 4000 * DAY))
def test_features_are_finite_named_and_fit_a_half(log: list[dict[str, object]], later: int) -> None:
    data = lived(log)
    if data is None:
        return
    features = DOMAIN.features(data, data.last_ts + later)
    assert tuple(features) == DOMAIN.feature_names
    for name, value in features.items():
        assert math.isfinite(value), name
        assert abs(value) < 60, name
        assert DOMAIN.describe(name, value, data)


@given(st.lists(records(), max_size=30))
def test_rates_and_recencies_are_not_negative(log: list[dict[str, object]]) -> None:
    data = lived(log)
    if data is None:
        return
    features = DOMAIN.features(data, data.last_ts)
    for name, value in features.items():
        if name.endswith(("_1d", "_7d", "_30d", "_lately")):
            assert value >= 0.0, name


@given(st.lists(records(), max_size=30), st.text(min_size=1, max_size=8))
def test_nothing_personal_reaches_the_state(log: list[dict[str, object]], name: str) -> None:
    named = [{**record, "firstName": name, "lastName": name, "gender": "F"} for record in log]
    before, after = lived(log), lived(named)
    assert msgspec.msgpack.encode(before) == msgspec.msgpack.encode(after)


def test_the_state_of_a_busy_user_is_small() -> None:
    log: list[dict[str, object]] = [
        {
            "userId": "u",
            "ts": START + number * 200_000,
            "page": page,
            "sessionId": number // 40,
            "itemInSession": number,
            "level": "paid" if number % 900 else "free",
            "registration": START - 50 * DAY,
        }
        for number, page in enumerate(list(PAGES)[:-2] * 100)
    ]
    assert len(msgspec.msgpack.encode(lived(log))) < 550


def test_songs_listened_to_long_ago_fade_by_scale() -> None:
    song = {"userId": "u", "ts": START, "page": "NextSong", "sessionId": 1, "itemInSession": 0}
    data = lived([song])
    assert data is not None
    fresh = DOMAIN.features(data, START)
    stale = DOMAIN.features(data, START + 20 * DAY)
    for scale in ("1d", "7d", "30d"):
        assert stale[f"songs_{scale}"] < fresh[f"songs_{scale}"]
    assert stale["songs_1d"] < stale["songs_7d"] < stale["songs_30d"]
    assert DOMAIN.describe("days_silent", stale["days_silent"], data) == "no activity for 20 days"


def test_levels_and_their_changes_are_followed() -> None:
    log: list[dict[str, object]] = [
        {"userId": "u", "ts": START + n * DAY, "page": "Home", "sessionId": n, "level": level}
        for n, level in enumerate(("free", "free", "paid", "paid", "free"))
    ]
    upgraded, downgraded = lived(log[:4]), lived(log)
    assert upgraded is not None
    assert downgraded is not None
    after = DOMAIN.features(upgraded, upgraded.last_ts)
    assert after["paid"] == 1.0
    assert (
        DOMAIN.describe("upgraded_lately", after["upgraded_lately"], upgraded)
        == "upgraded 1 days ago"
    )
    assert after["downgraded_lately"] == 0.0
    after = DOMAIN.features(downgraded, downgraded.last_ts)
    assert (after["paid"], after["upgraded_lately"]) == (0.0, 0.0)
    assert after["downgraded_lately"] == 1.0


def test_who_is_new_is_not_taken_for_inactive() -> None:
    """Ten songs on the first day are the same rate on all scales."""
    log: list[dict[str, object]] = [
        {"userId": "u", "ts": START + n * 1000, "page": "NextSong", "itemInSession": n}
        for n in range(10)
    ]
    data = lived(log)
    assert data is not None
    features = DOMAIN.features(data, START + 10_000)
    rates = [math.expm1(features[f"songs_{scale}"]) for scale in ("1d", "7d", "30d")]
    assert max(rates) / min(rates) < 1.7
    assert domains.load("churn").name == DOMAIN.name
