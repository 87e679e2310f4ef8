"""What can go wrong with a request: a code for programs, its HTTP status and its meaning."""

from collections.abc import Mapping
from typing import Literal

#: Stable codes; each is the end of a problem's ``type``.
Kind = Literal[
    "cross-site",
    "database-unavailable",
    "http-error",
    "internal-error",
    "invalid-request",
    "lacking-scope",
    "no-record",
    "no-valid-key",
    "not-ready",
    "redis-unavailable",
    "refused",
    "retraining-runs",
    "too-large",
    "too-many-listeners",
    "too-many-requests",
    "too-many-wrong-keys",
    "too-slow",
    "unknown-domain",
    "unknown-file",
    "unknown-route",
    "unknown-user",
    "unreadable-state",
    "wrong-host",
    "wrong-method",
]

#: The HTTP status and the meaning of each.
KINDS: Mapping[Kind, tuple[int, str]] = {
    "invalid-request": (422, "The body or a parameter is wrong: `errors` names each."),
    "no-valid-key": (401, "No key was sent, or none that is accepted."),
    "lacking-scope": (403, "The key is not for this: `needed` is the scope that it lacks."),
    "cross-site": (403, "The request is of another site's page, in a browser."),
    "wrong-host": (421, "Without keys the API answers to names of this machine only."),
    "unknown-domain": (404, "No such domain is served: `valid` names those that are."),
    "unknown-user": (404, "The stream has seen no event of this user."),
    "no-record": (404, "No record is kept: `WEIR_DATABASE_URL` is `none`."),
    "unknown-route": (404, "There is nothing at this path."),
    "unknown-file": (404, "The live page has no such file."),
    "wrong-method": (405, "The path does not answer this method: the header `Allow` has those."),
    "too-slow": (408, "The body did not come in time."),
    "refused": (409, "The learner refuses what was asked for."),
    "retraining-runs": (409, "A retraining is under way: `running` is how it gets on."),
    "too-large": (413, "The body is too large."),
    "too-many-requests": (429, "More requests than `WEIR_RATE_LIMIT` and `WEIR_RATE_BURST` allow."),
    "too-many-wrong-keys": (429, "Too many wrong keys have come from this address."),
    "too-many-listeners": (503, "As many listen to events as `WEIR_MAX_LISTENERS` allows."),
    "redis-unavailable": (503, "Redis does not answer."),
    "database-unavailable": (503, "Scores cannot be recorded, so none is answered."),
    "not-ready": (503, "What answers need is not there: `checks` says what."),
    "unreadable-state": (500, "The user's state was written by another version of Weir."),
    "internal-error": (500, "A defect of Weir's; its log has the `request_id`."),
    "http-error": (400, "Anything else that the web framework refuses, with a status of its own."),
}
