"""Times as logs write them."""

from datetime import UTC, datetime, timedelta, tzinfo

from models.sanitise import MAX_TS, number

#: Numbers below this are seconds since 1970, until the year 5138; the others ms, since 1973.
_SECONDS_BELOW = 1e11
_EPOCH, _MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


def as_millis(value: object, zone: tzinfo) -> object:
    """Return a time in ms since 1970; what cannot be read as one is returned as it is.

    Args:
        value: ms or seconds since 1970, told apart by their size, as a number or its text; or
            ISO 8601, a date alone being its midnight.
        zone: of what does not say its own. An hour that comes twice is taken for the first one.

    >>> as_millis("2018-10-01T02:00:00.5+02:00", UTC), as_millis(1538352000.5, UTC)
    (1538352000500, 1538352000500)
    >>> as_millis("1538352000500", UTC), as_millis("yesterday", UTC)
    (1538352000500, 'yesterday')
    """
    found = None
    if type(value) is int or type(value) is float:
        found = _of_number(value)
    elif type(value) is str:
        text = value.strip()
        seconds = number(text)
        found = _of_iso(text, zone) if seconds is None else _of_number(seconds)
    return value if found is None else found


def _of_number(value: float) -> int | None:
    if not 0 <= value < MAX_TS:
        return None
    return round(value * 1000 if value < _SECONDS_BELOW else value)


def _of_iso(text: str, zone: tzinfo) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return (moment - _EPOCH) // _MS
    except (ValueError, OverflowError):
        return None
