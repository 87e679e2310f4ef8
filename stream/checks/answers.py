"""Checks of what answers need: the API, and the database that records them."""

import http.client
import json
from urllib.parse import urlsplit

from stream.adapters.ping_database import DatabaseFacts
from stream.checks.check import Check


def database(place: str, facts: DatabaseFacts | str) -> Check:
    """Whether the database of the record answers, with a schema that this Weir works with.

    Args:
        place: where it is, without a password; "none" when nothing is recorded.
        facts: a str is why it did not answer.
    """
    if place == "none":
        return Check("database", "ok", "none: answered scores are not recorded")
    if isinstance(facts, str):
        return Check(
            "database",
            "fail",
            f"{place} is not usable ({facts})",
            "start it and let this user write to it, or set WEIR_DATABASE_URL; until then the "
            "API refuses to answer",
        )
    what = f"{place}, schema {facts.version or 'none yet'}"
    if not facts.takes_writes:
        return Check(
            "database",
            "fail",
            f"{place} takes no writes from this user",
            "let it (PostgreSQL: name the primary, not a standby), or set WEIR_DATABASE_URL",
        )
    if facts.version is None or facts.version == facts.newest:
        return Check("database", "ok", what)
    if not facts.is_known:
        return Check(
            "database",
            "fail",
            f"{what}: this Weir knows those up to {facts.newest}",
            "install the newer Weir that has migrated it, or set WEIR_DATABASE_URL",
        )
    return Check(
        "database",
        "warn",
        f"{what}: {facts.newest} is the newest",
        "start the API, which migrates it (make a backup first)",
    )


def api(url: str, timeout: float = 3.0) -> Check:
    """Whether the API at ``http://host:port`` answers, and is ready."""
    place = f"{url}/readyz"
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = response.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return Check(
            "API", "fail", f"{place} does not answer ({error})", "start it: api (or stream local)"
        )
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        return Check(
            "API", "fail", f"{place} says {response.status}: {_compact(body)}", "see there"
        )
    return Check("API", "ok", place)


def _compact(body: str) -> str:
    try:
        return json.dumps(json.loads(body))
    except ValueError:
        return body.strip()
