"""The files of the live page, read once: they are few and small, and part of the package."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class PageFile:
    """One file.

    Attributes:
        content: its bytes.
        media_type: what it is.
        etag: a digest of its content; times of files do not survive packaging.
    """

    content: bytes
    media_type: str
    etag: str


def page_files() -> dict[str, PageFile]:
    """Return the files by their path below the folder, with slashes.

    >>> page_files()["index.html"].media_type
    'text/html; charset=utf-8'
    """
    return {
        path.relative_to(_FOLDER).as_posix(): _read(path)
        for path in sorted(_FOLDER.rglob("*"))
        if path.suffix in _TYPES
    }


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:32]
    return PageFile(content, _TYPES[path.suffix], f'"{digest}"')
