"""Churn of a music service's subscribers, from its 18-field event log.

Outcome: ``Cancellation Confirmation`` within 10 days of a daily snapshot. ``Cancel`` comes half a
minute before it and gives the answer away, so the user is frozen from there on. Ids, names and
gender are no features; totals since registration neither, because they encode when the log ends.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from math import log1p
from typing import ClassVar

import msgspec

from river import linear_model, optim, preprocessing, tree

from models import sanitise
from models.calibrate import Calibrated, CalibratedLinear
from models.decay import DAY, Decayed
from models.domain import Domain
from models.errors import BadRecord
from models.events import Event, Outcome, natural_key
from models.logistic import KalmanLogistic
from models.recipes import Model, Recipe

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

#: Decay scales in ms: what happened today, this week, this month.
TAUS = (1 * DAY, 7 * DAY, 30 * DAY)


class Kind(IntEnum):
    """Groups of pages, each counted with decay."""

    SONG = 0
    THUMBS_UP = 1
    THUMBS_DOWN = 2
    ADVERT = 3
    ERROR = 4
    PLAYLIST = 5
    FRIEND = 6
    HELP = 7
    SETTINGS = 8
    DOWNGRADE = 9
    UPGRADE = 10
    HOME = 11
    OTHER = 12
    SESSION = 13


PAGES: dict[str, Kind] = {
    "NextSong": Kind.SONG,
    "Thumbs Up": Kind.THUMBS_UP,
    "Thumbs Down": Kind.THUMBS_DOWN,
    "Roll Advert": Kind.ADVERT,
    "Error": Kind.ERROR,
    "Add to Playlist": Kind.PLAYLIST,
    "Add Friend": Kind.FRIEND,
    "Help": Kind.HELP,
    "About": Kind.HELP,
    "Settings": Kind.SETTINGS,
    "Save Settings": Kind.SETTINGS,
    "Downgrade": Kind.DOWNGRADE,
    "Submit Downgrade": Kind.DOWNGRADE,
    "Upgrade": Kind.UPGRADE,
    "Submit Upgrade": Kind.UPGRADE,
    "Home": Kind.HOME,
    "Login": Kind.OTHER,
    "Logout": Kind.OTHER,
    "Register": Kind.OTHER,
    "Submit Registration": Kind.OTHER,
    "Cancel": Kind.OTHER,
    "Cancellation Confirmation": Kind.OTHER,
}
_PAGE_IDS = {page: index for index, page in enumerate(PAGES)}
_OUTCOMES = {"Cancel": Outcome.SIGN, "Cancellation Confirmation": Outcome.REACHED}
_LEVELS = {"free": 0, "paid": 1}


class ChurnEvent(Event, gc=False):
    """One event of the music service.

    Attributes:
        page: as logged, cut to 256 characters; one that is unknown counts as ``Kind.OTHER``.
        kind: the page's group.
        session: session id, 0 if missing.
        item: position in the session, 0 if missing.
        level: 1 paid, 0 free, -1 unknown.
        registration: ms since 1970, 0 if unknown.
        length: seconds of the song, 0 if none.
    """

    page: str = ""
    kind: int = 0
    session: int = 0
    item: int = 0
    level: int = -1
    registration: int = 0
    length: float = 0.0


class ChurnData(msgspec.Struct, array_like=True):
    """What is kept of a subscriber.

    Attributes:
        counts: decayed counts by ``Kind``.
        last_ts: newest event, ms.
        first_ts: oldest event of this life, ms.
        registration: ms since 1970; the first event's time while unknown.
        session: id of the current session.
        session_start: when it began, ms.
        session_songs: songs in it so far.
        mean_songs: running mean of songs a session, -1 before the first session has ended.
        mean_gap: running mean of hours between sessions, -1 before the second session.
        level: 1 paid, 0 free, -1 unknown.
        level_since: when the level last changed, ms; 0 for never seen to change.
        downgrades: changes from paid to free.
        upgrades: changes from free to paid.
    """

    counts: Decayed
    last_ts: int
    first_ts: int
    registration: int
    session: int
    session_start: int
    session_songs: int
    mean_songs: float
    mean_gap: float
    level: int
    level_since: int
    downgrades: int
    upgrades: int


_WORDS: dict[str, str] = {
    "songs_1d": "{v:.1f} songs a day lately",
}

FEATURES = (
    "songs_1d",
    "songs_7d",
    "songs_30d",
    "songs_trend_1d",
    "songs_trend_7d",
    "sessions_1d",
    "sessions_7d",
    "sessions_30d",
    "sessions_trend_7d",
    "days_silent",
    "adverts_7d",
    "adverts_30d",
    "adverts_per_song",
    "thumbs_up_7d",
    "thumbs_up_per_song",
    "thumbs_down_7d",
    "thumbs_down_30d",
    "thumbs_down_per_song",
    "errors_7d",
    "errors_30d",
    "playlist_7d",
    "playlist_per_song",
    "friends_7d",
    "friends_30d",
    "help_7d",
    "help_30d",
    "settings_7d",
    "settings_30d",
    "downgrade_visits_7d",
    "downgrade_visits_30d",
    "upgrade_visits_7d",
    "upgrade_visits_30d",
    "home_7d",
    "songs_a_session",
    "hours_between_sessions",
    "silence_against_rhythm",
    "paid",
    "level_changes",
    "days_at_level",
    "days_registered",
    "days_observed",
)


#: Log-odds of cancelling within the horizon before anything has been learnt: about 1 in 25.
_PRIOR = -3.2


def _kalman_logistic() -> Model:
    return CalibratedLinear(
        preprocessing.StandardScaler() | KalmanLogistic(prior_variance=0.01, bias=_PRIOR)
    )


def _sgd_logistic() -> Model:
    regression = linear_model.LogisticRegression(optim.SGD(0.01), intercept_init=_PRIOR)
    return CalibratedLinear(preprocessing.StandardScaler() | regression)


def _hoeffding_tree() -> Model:
    return Calibrated(tree.HoeffdingAdaptiveTreeClassifier(seed=1))


class Churn(Domain[ChurnEvent, ChurnData]):
    """Will this subscriber cancel within 10 days?"""

    name = "churn"
    title = "cancellation within 10 days"
    data_type = ChurnData
    feature_names = FEATURES
    horizon = 10 * DAY_MS
    grace = 1 * HOUR_MS
    freeze = 1 * DAY_MS
    dormant_after = 60 * DAY_MS
    recipes: ClassVar[tuple[Recipe, ...]] = (
        Recipe("kalman_logistic", "Bayesian logistic regression, calibrated", _kalman_logistic),
        Recipe("sgd_logistic", "logistic regression by gradient descent", _sgd_logistic),
        Recipe("hoeffding_tree", "Hoeffding adaptive tree, calibrated", _hoeffding_tree),
    )

    def parse(self, record: Mapping[str, object]) -> ChurnEvent | None:
        """Return the event; None when nobody is logged in."""
        get = record.get
        ts = sanitise.millis(get("ts"))
        if ts is None:
            raise BadRecord("bad_ts", "ts is missing, not a number of ms, or out of range")
        page = sanitise.text(get("page"))
        if page is None:
            raise BadRecord("bad_page", "page is missing or empty")
        user_id = sanitise.text(get("userId"))
        if user_id is None:
            return self._anonymous(record)
        session = sanitise.integer(get("sessionId")) or 0
        item = sanitise.integer(get("itemInSession")) or 0
        length = sanitise.number(get("length")) or 0.0
        outcome = _OUTCOMES.get(page, Outcome.NONE)
        if not outcome and get("auth") == "Cancelled":
            outcome = Outcome.SIGN
        level = get("level")
        return ChurnEvent(
            user_id=user_id,
            ts=ts,
            key=natural_key(ts, session, item, _PAGE_IDS.get(page, len(_PAGE_IDS))),
            outcome=int(outcome),
            page=page,
            kind=int(PAGES.get(page, Kind.OTHER)),
            session=session,
            item=item,
            level=_LEVELS.get(level, -1) if isinstance(level, str) else -1,
            registration=sanitise.millis(get("registration")) or 0,
            length=length if 0.0 < length < 36_000.0 else 0.0,
        )

    def _anonymous(self, record: Mapping[str, object]) -> None:
        """Accept a record without a user only when it says so itself."""
        user_id, auth = record.get("userId"), record.get("auth")
        if auth in ("Logged In", "Cancelled"):
            raise BadRecord("bad_user", f"userId is missing or unusable while auth is {auth}")
        if user_id is not None and not isinstance(user_id, str):
            raise BadRecord("bad_user", f"userId is a {type(user_id).__name__}")

    def event_type(self, event: ChurnEvent) -> str:
        """Return the page."""
        return event.page

    def new_data(self, event: ChurnEvent) -> ChurnData:
        """Return an empty state that begins with this event."""
        ts = event.ts
        return ChurnData(
            counts=Decayed.empty(ts, len(TAUS), len(Kind)),
            last_ts=ts,
            first_ts=ts,
            registration=min(event.registration or ts, ts),
            session=-1,
            session_start=ts,
            session_songs=0,
            mean_songs=-1.0,
            mean_gap=-1.0,
            level=event.level,
            level_since=0,
            downgrades=0,
            upgrades=0,
        )

    def update(self, data: ChurnData, event: ChurnEvent) -> None:
        """Count the page, follow the session and the level."""
        ts = event.ts
        data.counts.add(TAUS, ts, event.kind)
        if event.session != data.session:
            self._new_session(data, event)
        if event.kind == Kind.SONG:
            data.session_songs += 1
        if event.level >= 0 and event.level != data.level:
            if data.level >= 0:
                data.level_since = ts
                if event.level:
                    data.upgrades += 1
                else:
                    data.downgrades += 1
            data.level = event.level
        if event.registration and event.registration <= data.first_ts:
            data.registration = event.registration
        data.last_ts = ts

    def _new_session(self, data: ChurnData, event: ChurnEvent) -> None:
        ts = event.ts
        data.counts.add(TAUS, ts, Kind.SESSION)
        if data.session != -1:
            songs, gap = float(data.session_songs), (ts - data.session_start) / HOUR_MS
            data.mean_songs += (
                0.3 * (songs - data.mean_songs) if data.mean_songs >= 0 else songs + 1
            )
            data.mean_gap += 0.3 * (gap - data.mean_gap) if data.mean_gap >= 0 else gap + 1
        data.session = event.session
        data.session_start = ts
        data.session_songs = 0

    def update_late(self, data: ChurnData, event: ChurnEvent) -> None:
        """Count the page; sessions and levels depend on order and stay as they are."""
        data.counts.add(TAUS, event.ts, event.kind)

    def features(self, data: ChurnData, at: int) -> dict[str, float]:
        """Return rates a day (log scale), trends, shares, rhythm, level and tenure."""
        counts = data.counts
        observed = at - data.first_ts + DAY
        # a decayed sum divided by the decayed time observed is a rate; young users are not "low"
        scale = []
        for index, tau in enumerate(TAUS):
            mass = tau / DAY * (1.0 - 2.718281828459045 ** (-observed / tau))
            scale.append(counts.factor(TAUS, index, at) / mass)
        d1 = [value * scale[0] for value in counts.sums[0]]
        d7 = [value * scale[1] for value in counts.sums[1]]
        d30 = [value * scale[2] for value in counts.sums[2]]
        silent = (at - data.last_ts) / DAY
        song = Kind.SONG
        songs30 = d30[song] + 1.0
        ls1, ls7, ls30 = log1p(d1[song]), log1p(d7[song]), log1p(d30[song])
        ss1, ss7, ss30 = log1p(d1[Kind.SESSION]), log1p(d7[Kind.SESSION]), log1p(d30[Kind.SESSION])
        gap = data.mean_gap if data.mean_gap >= 0 else 48.0
        return {
            "songs_1d": ls1,
            "songs_7d": ls7,
            "songs_30d": ls30,
            "songs_trend_1d": ls1 - ls30,
            "songs_trend_7d": ls7 - ls30,
            "sessions_1d": ss1,
            "sessions_7d": ss7,
            "sessions_30d": ss30,
            "sessions_trend_7d": ss7 - ss30,
            "days_silent": log1p(silent),
            "adverts_7d": log1p(d7[Kind.ADVERT]),
            "adverts_30d": log1p(d30[Kind.ADVERT]),
            "adverts_per_song": d30[Kind.ADVERT] / songs30,
            "thumbs_up_7d": log1p(d7[Kind.THUMBS_UP]),
            "thumbs_up_per_song": d30[Kind.THUMBS_UP] / songs30,
            "thumbs_down_7d": log1p(d7[Kind.THUMBS_DOWN]),
            "thumbs_down_30d": log1p(d30[Kind.THUMBS_DOWN]),
            "thumbs_down_per_song": d30[Kind.THUMBS_DOWN] / songs30,
            "errors_7d": log1p(d7[Kind.ERROR]),
            "errors_30d": log1p(d30[Kind.ERROR]),
            "playlist_7d": log1p(d7[Kind.PLAYLIST]),
            "playlist_per_song": d30[Kind.PLAYLIST] / songs30,
            "friends_7d": log1p(d7[Kind.FRIEND]),
            "friends_30d": log1p(d30[Kind.FRIEND]),
            "help_7d": log1p(d7[Kind.HELP]),
            "help_30d": log1p(d30[Kind.HELP]),
            "settings_7d": log1p(d7[Kind.SETTINGS]),
            "settings_30d": log1p(d30[Kind.SETTINGS]),
            "downgrade_visits_7d": log1p(d7[Kind.DOWNGRADE]),
            "downgrade_visits_30d": log1p(d30[Kind.DOWNGRADE]),
            "upgrade_visits_7d": log1p(d7[Kind.UPGRADE]),
            "upgrade_visits_30d": log1p(d30[Kind.UPGRADE]),
            "home_7d": log1p(d7[Kind.HOME]),
            "songs_a_session": log1p(max(data.mean_songs, 0.0)),
            "hours_between_sessions": log1p(gap),
            "silence_against_rhythm": log1p(24.0 * silent) - log1p(gap),
            "paid": float(data.level == 1),
            "level_changes": log1p(data.downgrades + data.upgrades),
            "days_at_level": log1p((at - data.level_since) / DAY) if data.level_since else 5.0,
            "days_registered": log1p(max(0.0, (at - data.registration) / DAY)),
            "days_observed": log1p(observed / DAY),
        }

    def next_snapshot(self, first_ts: int, after: int) -> int:
        """Return the next whole day since the user was first seen."""
        return first_ts + ((after - first_ts) // DAY_MS + 1) * DAY_MS

    def describe(self, feature: str, value: float) -> str:
        """Say a feature's value in words."""
        return _WORDS.get(feature, feature).format(v=value)

    def sample_events(self) -> Sequence[Mapping[str, object]]:
        """Return a subscriber who listens and one who cancels."""
        day = 1_538_352_000_000
        base = {"auth": "Logged In", "method": "PUT", "status": 200, "registration": day - 9e9}
        events: list[Mapping[str, object]] = []
        for user, level in (("1001", "paid"), ("1002", "free")):
            for item, page in enumerate(("Home", "NextSong", "Thumbs Up", "NextSong", "Error")):
                events.append(
                    {
                        **base,
                        "userId": user,
                        "ts": day + item * 240_000,
                        "sessionId": int(user) * 10,
                        "itemInSession": item,
                        "page": page,
                        "level": level,
                        "length": 240.5 if page == "NextSong" else None,
                    }
                )
        for item, page in enumerate(("Cancel", "Cancellation Confirmation")):
            events.append(
                {
                    **base,
                    "userId": "1002",
                    "ts": day + 3 * DAY_MS + item * 33_000,
                    "sessionId": 10_021,
                    "itemInSession": item,
                    "page": page,
                    "level": "free",
                    "auth": "Cancelled" if item else "Logged In",
                }
            )
        return events


DOMAIN = Churn()
