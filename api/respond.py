"""Answers as JSON, without the framework's own validation of them."""

from collections.abc import Mapping

import orjson
from fastapi.responses import Response

#: Scores are personal, and soon out of date.
_HEADERS = {"Cache-Control": "no-store"}


def answer(content: Mapping[str, object]) -> Response:
    """Return a 200 with this content."""
    return Response(orjson.dumps(content), headers=_HEADERS, media_type="application/json")
