"""Answers as JSON, without the framework's own validation of them."""

from collections.abc import Mapping

import orjson
from fastapi.responses import Response


def answer(content: Mapping[str, object], status: int = 200) -> Response:
    """Return a response with this content."""
    return Response(orjson.dumps(content), status, media_type="application/json")
