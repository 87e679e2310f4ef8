"""What is known of a user: features, their words, and the state that they come from."""

import math
import pickle
from collections.abc import Mapping
from typing import Any

from models.checks.trial import AnyDomain, data_of, parsed, require, run, sample
from models.sanitise import text
from models.state import StateCodec, pack_features, unpack_features

#: Fields that are personal, or give the outcome away by the order of ids.
_PERSONAL = ("firstName", "lastName", "gender", "email", "name")
_FORBIDDEN = {"userid", *(field.lower() for field in _PERSONAL)}


def check_features(domain: AnyDomain) -> None:
    """Features are finite, in the declared order, and reading them changes nothing."""
    for user in run(domain, sample(domain)).users.values():
        for later in (0, 3_600_000, 400 * 86_400_000):
            check_features_of(domain, user.state.data, user.state.last_ts + later)


def check_features_of(domain: AnyDomain, data: Any, at: int) -> None:
    """One state's features hold the contract."""
    before = pickle.dumps(data)
    features = domain.features(data, at)
    require(pickle.dumps(data) == before, "features() must not change the state")
    require(tuple(features) == domain.feature_names, "features() must follow feature_names")
    for name, value in features.items():
        require(math.isfinite(value), f"feature {name} is {value}")
        require(abs(value) < 60_000, f"feature {name} = {value} does not fit a half float")
    packed = pack_features(list(features.values()))
    require(len(unpack_features(domain.feature_names, packed)) == len(features), "packing")


def check_words(domain: AnyDomain) -> None:
    """Every feature has words for any value it may take."""
    data = data_of(domain)
    for name in domain.feature_names:
        for value in (-6.0, -1.0, 0.0, 0.04, 1.0, 12.0):
            require(bool(domain.describe(name, value, data)), f"describe() has no words for {name}")


def check_identity(domain: AnyDomain) -> None:
    """Who a user is reaches neither features nor states: not the id, not a name."""
    for name in domain.feature_names:
        plain = name.lower().replace("_", "")
        require(plain not in _FORBIDDEN, f"{name} must not be a feature")
    marker = "Zyzzyva"
    records = list(domain.sample_events())
    disguised = [_disguise(domain, record, marker) for record in records]
    users, others = (
        list(run(domain, parsed(domain, log)).users.values()) for log in (records, disguised)
    )
    codec: StateCodec[Any] = StateCodec(domain.data_type)
    for user, other in zip(users, others, strict=True):
        at = user.state.last_ts
        same = domain.features(user.state.data, at) == domain.features(other.state.data, at)
        require(same, "features change with the user's id or name")
        require(marker.encode() not in codec.encode(other.state), "a name is kept in the state")


def _disguise(domain: AnyDomain, record: Mapping[str, object], marker: str) -> dict[str, object]:
    """Return the record as it would be of somebody else who does the same."""
    event = domain.parse(record)
    changed = {**record, **dict.fromkeys(_PERSONAL, marker)}
    for field, value in record.items():
        if event is not None and text(value) == event.user_id:
            changed[field] = f"someone-{event.user_id}"
    return changed


def check_state(domain: AnyDomain) -> None:
    """A state survives its round trip to bytes, to the bit."""
    codec: StateCodec[Any] = StateCodec(domain.data_type)
    for user in run(domain, sample(domain)).users.values():
        raw = codec.encode(user.state)
        require(codec.encode(codec.decode(raw)) == raw, "a state changes when stored")


def check_duplicates(domain: AnyDomain) -> None:
    """An event sent twice changes nothing."""
    events = sample(domain)
    codec: StateCodec[Any] = StateCodec(domain.data_type)
    once = run(domain, events)
    twice = run(domain, [event for event in events for _ in range(2)])
    for user_id, user in once.users.items():
        same = codec.encode(user.state) == codec.encode(twice.users[user_id].state)
        require(same, "a duplicate changes the state: do its natural keys differ?")


def check_late(domain: AnyDomain) -> None:
    """Late events leave features finite."""
    for user in run(domain, sample(domain)[::-1]).users.values():
        check_features_of(domain, user.state.data, user.state.last_ts)
