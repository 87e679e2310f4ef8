"""Players: a log of them, and a row that a client asks about."""

from models import domains
from tests.rough_log import made_log

REVENUE = domains.load("revenue")
ROW = {
    "user_id": "p1",
    "country": "US",
    "country_region": "US-1",
    "source": "organic",
    "platform": "ios",
    "device_family": "iPhone",
    "os_version": "17.4",
    "event_1": 7,
    "event_2": 2,
    "event_3": 1,
}


def revenue_log() -> list[bytes]:
    return made_log(400, 16, 5, "revenue")
