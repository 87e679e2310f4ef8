"""One shift is one alarm: what moves with it, or again soon after, is counted and not told."""

from collections.abc import Hashable

#: For so long (ms) after the newest shift of a group, further ones of it belong to the same.
QUIET_MS = 14 * 86_400_000


class Debounce:
    """Remembers when each group last shifted."""

    def __init__(self) -> None:
        self._last: dict[Hashable, int] = {}

    def is_new(self, group: Hashable, at: int) -> bool:
        """Take note of a shift at ``at`` (ms); tell whether it is the first for a while."""
        last = self._last.get(group)
        self._last[group] = max(at, last or 0)
        return last is None or at - last > QUIET_MS
