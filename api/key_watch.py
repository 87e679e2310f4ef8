"""Keys that come and go while the API runs: a file that is replaced, a date that passes."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from api.keys import Keys
from stream.api_keys import has_demo_key, parse_entries

logger = logging.getLogger(__name__)

#: Seconds between two looks at the file: it is small, and Kubernetes takes a minute to replace it.
LOOK_SECONDS = 1.0

_UNCHANGED = "the API keys of %s %s; those that were accepted still are: %s"


class KeyWatch:
    """Takes over the keys of a file when its content changes, and ends streams of those revoked.

    It reads the file instead of asking when it was changed: mounted secrets are replaced by links.

    Args:
        keys: what to keep up to date.
        path: the file with the entries; None when they are from elsewhere, and can only expire.
        on_revoked: called when a key is accepted no more, or may do less.
        demo: whether the key of demo.env may be one of them.
    """

    def __init__(
        self, keys: Keys, path: Path | None, on_revoked: Callable[[], None], *, demo: bool = False
    ) -> None:
        self._keys = keys
        self._path = path
        self._on_revoked = on_revoked
        self._demo = demo
        self._accepted = keys.accepted()
        self._content: str | None = None
        self._is_unreadable = False

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Look once. Entries that are wrong change nothing but the log."""
        if self._path:
            await self._read(self._path)
        accepted = self._keys.accepted()
        if not set(self._accepted) <= set(accepted):
            self._on_revoked()
        self._accepted = accepted

    async def _read(self, path: Path) -> None:
        try:
            content = await asyncio.to_thread(path.read_text)
        except (OSError, ValueError) as error:
            if not self._is_unreadable:
                why = getattr(error, "strerror", None) or "not UTF-8"
                logger.error(_UNCHANGED, path, "cannot be read", why)  # noqa: TRY400 - the reason says it all
            self._is_unreadable = True
            return
        if content == self._content and not self._is_unreadable:
            return
        is_first, self._content, self._is_unreadable = self._content is None, content, False
        try:
            keys = parse_entries(content)
        except ValueError as error:
            logger.error(_UNCHANGED, path, "are wrong", error)  # noqa: TRY400 - the reason says it all
            return
        if has_demo_key(keys) and not self._demo:
            logger.error(
                _UNCHANGED, path, "are refused", "one is demo.env's, which everybody knows"
            )
            return
        self._keys.replace(keys)
        if not keys:
            logger.warning("%s has no entry any more: all API keys are revoked", path)
        elif not is_first:
            logger.info("the API keys of %s have changed: %d are set", path, len(keys))
