"""The battery that every domain passes, as River's ``checks`` are for estimators.

    for check in CHECKS:
        check(domain)

Each check raises AssertionError with what is wrong.
"""

import math
import pickle
from collections.abc import Callable
from typing import Any

from models.book import Book, Progress
from models.domain import Domain
from models.engine import Engine
from models.errors import BadRecord
from models.events import Event, Outcome
from models.learner import Learner
from models.sanitise import decode
from models.state import StateCodec, pack_features, unpack_features

AnyDomain = Domain[Any, Any]

_GARBAGE: tuple[object, ...] = (
    *(None, "", " ", "NaN", "x" * 9000, -1, 0, 1e308, float("nan"), float("inf"), True),
    *([], {}, [[]], {"a": {}}, 2**80, "\x00", "1538352000000"),
)

#: Names that would be personal data, or give the outcome away by the order of ids.
_FORBIDDEN = ("user_id", "userid", "first_name", "last_name", "firstname", "lastname", "gender")


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)


def _events(domain: AnyDomain) -> list[Event]:
    events = [domain.parse(record) for record in domain.sample_events()]
    return [event for event in events if event is not None]


def _run(domain: AnyDomain, events: list[Event]) -> Book[Any]:
    engine: Engine[Any, Any] = Engine(domain, Learner(domain).predictors())
    book: Book[Any] = Book(0, Progress.start())
    for offset, event in enumerate(events):
        engine.step(book, event, offset)
    return book


def check_samples(domain: AnyDomain) -> None:
    """The sample events are usable, of several users, and one reaches the outcome."""
    events = _events(domain)
    _require(len({event.user_id for event in events}) > 1, "sample_events need several users")
    reached = any(event.outcome == Outcome.REACHED for event in events)
    _require(reached, "sample_events need an outcome that is reached")
    _require(all(domain.event_type(event) for event in events), "event_type must name the event")


def check_garbage(domain: AnyDomain) -> None:
    """``parse`` raises nothing but BadRecord, whatever a field holds."""
    for record in domain.sample_events():
        for field in record:
            for value in _GARBAGE:
                _parse(domain, {**record, field: value})
            _parse(domain, {name: value for name, value in record.items() if name != field})
    _parse(domain, {})
    _parse(domain, decode(b'{"ts": NaN}'))


def _parse(domain: AnyDomain, record: dict[str, object] | Any) -> None:
    try:
        event = domain.parse(record)
    except BadRecord:
        return
    except Exception as error:
        raise AssertionError(f"parse raised {type(error).__name__} on {record}") from error
    if event is not None:
        _require(bool(event.user_id), "an event of no user must be None")
        book = _run(domain, [event])
        check_features_of(domain, book.users[event.user_id].state.data, event.ts)


def check_features(domain: AnyDomain) -> None:
    """Features are finite, in the declared order, and reading them changes nothing."""
    for user in _run(domain, _events(domain)).users.values():
        for later in (0, 3_600_000, 400 * 86_400_000):
            check_features_of(domain, user.state.data, user.state.last_ts + later)


def check_features_of(domain: AnyDomain, data: Any, at: int) -> None:
    """One state's features hold the contract."""
    before = pickle.dumps(data)
    features = domain.features(data, at)
    _require(pickle.dumps(data) == before, "features() must not change the state")
    _require(tuple(features) == domain.feature_names, "features() must follow feature_names")
    for name, value in features.items():
        _require(math.isfinite(value), f"feature {name} is {value}")
        _require(abs(value) < 60_000, f"feature {name} = {value} does not fit a half float")
        _require(bool(domain.describe(name, value)), f"describe() has no words for {name}")
    packed = pack_features(list(features.values()))
    _require(len(unpack_features(domain.feature_names, packed)) == len(features), "packing")


def check_no_leak_by_name(domain: AnyDomain) -> None:
    """No feature is named as an id, a name or a gender."""
    for name in domain.feature_names:
        _require(name.lower() not in _FORBIDDEN, f"{name} must not be a feature")


def check_state(domain: AnyDomain) -> None:
    """A state survives its round trip to bytes, to the bit."""
    codec: StateCodec[Any] = StateCodec(domain.data_type)
    for user in _run(domain, _events(domain)).users.values():
        raw = codec.encode(user.state)
        _require(codec.encode(codec.decode(raw)) == raw, "a state changes when stored")


def check_duplicates(domain: AnyDomain) -> None:
    """An event sent twice changes nothing."""
    events = _events(domain)
    codec: StateCodec[Any] = StateCodec(domain.data_type)
    once = _run(domain, events)
    twice = _run(domain, [event for event in events for _ in range(2)])
    for user_id, user in once.users.items():
        same = codec.encode(user.state) == codec.encode(twice.users[user_id].state)
        _require(same, "a duplicate changes the state: do its natural keys differ?")


def check_late(domain: AnyDomain) -> None:
    """Late events leave features finite."""
    for user in _run(domain, _events(domain)[::-1]).users.values():
        check_features_of(domain, user.state.data, user.state.last_ts)


def check_schedule(domain: AnyDomain) -> None:
    """Snapshot times strictly increase, and the horizon lies ahead."""
    at = first = 1_538_352_000_000
    for _ in range(100):
        following = domain.next_snapshot(first, at)
        if not following:
            break
        _require(following > at, "next_snapshot must lie after the moment asked about")
        at = following
    _require(domain.horizon > 0 <= domain.grace, "horizon and grace")


def check_recipes(domain: AnyDomain) -> None:
    """Models predict before they have learnt, learn, and survive pickling with equal scores."""
    names = [recipe.name for recipe in domain.recipes]
    _require(len(names) == len(set(names)) > 0, "recipes need names of their own")
    event = _events(domain)[0]
    data = _run(domain, [event]).users[event.user_id].state.data
    features = domain.features(data, event.ts)
    for recipe in domain.recipes:
        model = recipe.build()
        for label in (0.0, 1.0, 0.0):
            _require(math.isfinite(model.predict(features)), f"{recipe.name} predicts no number")
            model.learn(features, label)
        copy = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes, just made
        same = copy.predict(features) == model.predict(features)
        _require(same, f"{recipe.name} predicts otherwise after pickling")


CHECKS: tuple[Callable[[AnyDomain], None], ...] = (
    check_samples,
    check_garbage,
    check_features,
    check_no_leak_by_name,
    check_state,
    check_duplicates,
    check_late,
    check_schedule,
    check_recipes,
)


def check_domain(domain: AnyDomain) -> None:
    """Run the whole battery.

    Raises:
        AssertionError: the domain breaks its contract; the message says how.
    """
    for check in CHECKS:
        check(domain)
