"""The stream of events in the OpenAPI description, which has no word for streams yet.

The way FastAPI describes its own: ``itemSchema``, of OpenAPI 3.2.
"""

from typing import Any

from api.live.event import event
from api.live.examples import EVENT_EXAMPLES
from api.live.schemas import EVENTS

DESCRIPTION = """
First the whole picture, then what changes: `hello` once; of each domain `alarms`, `decisions`,
`status`, `model`, `retraining`, `drift`, `ranking` and `scores`; then `status` every second, the
others when there is something new, each alarm as an `alarm` when it is given, and each decision
about the models as a `decision` when it is taken. The data of every event is one JSON object. A
comment comes after 15 s without an event.

A client that reads too slowly misses what newer events have replaced; one that is hundreds of
alarms or decisions behind is cut off. Whoever connects again gets the whole picture again, so
nothing needs to be remembered; the `id` of an alarm or a decision tells whether it is known.

Browsers' `EventSource` cannot send a key: use `fetch` where keys are needed. The scores here are
what the stream itself has written, so they leave no rows in the record of predictions.
"""


def _item(name: str) -> dict[str, Any]:
    shape = {"$ref": f"#/components/schemas/{EVENTS[name].__name__}"}
    properties: dict[str, Any] = {
        "event": {"const": name},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": shape,
        },
    }
    if name in {"alarm", "decision"}:
        properties["id"] = {"type": "string", "description": f"The {name}'s."}
    return {"type": "object", "required": ["event", "data"], "properties": properties}


#: The answer, for the route's decorator.
RESPONSE: dict[str, Any] = {
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "itemSchema": {"oneOf": [_item(name) for name in EVENTS]},
            "example": b"".join(
                event(
                    name, "", EVENT_EXAMPLES[name], number=EVENT_EXAMPLES[name].get("id", "")
                ).wire
                for name in EVENTS
            ).decode(),
        }
    }
}
