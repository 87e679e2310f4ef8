"""The live page: its files need no key, what they ask the API for does."""

from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response

from api.page import page_files
from api.problems import Problem

router = APIRouter(include_in_schema=False)

_FILES = page_files()

#: Nothing from elsewhere, no script or style inside the page, and nobody may frame it.
_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)
_HEADERS = {
    # kept, and asked about each time: after an update nobody sees half of the old page
    "Cache-Control": "no-cache",
    "Content-Security-Policy": _POLICY,
}

IfNoneMatch = Annotated[str, Header()]


@router.api_route("/", methods=["GET", "HEAD"])
async def get_page(if_none_match: IfNoneMatch = "") -> Response:
    """Show people what happens."""
    return _file("index.html", if_none_match)


@router.api_route("/static/{path:path}", methods=["GET", "HEAD"])
async def get_file(path: str, if_none_match: IfNoneMatch = "") -> Response:
    """Give one of the page's files."""
    if path not in _FILES:
        raise Problem("unknown-file", "the page has no such file")
    return _file(path, if_none_match)


def _file(path: str, if_none_match: str) -> Response:
    file = _FILES[path]
    headers = {**_HEADERS, "ETag": file.etag}
    # one that compresses on the way has marked it as weak
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    if file.etag in known:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=file.media_type)
