"""What each user of a log has brought in, where the outcome is an amount."""

from typing import Any

from models.domain import Domain
from models.events import Event


class Amounts:
    """Follows the users of a domain that predicts amounts.

    Args:
        domain: whose events they are.
    """

    def __init__(self, domain: Domain[Any, Any]) -> None:
        self._domain = domain
        self._users: dict[str, tuple[Any, int]] = {}

    def add(self, event: Event) -> None:
        """Take in an event, in the order of the log."""
        domain = self._domain
        data, last = self._users.get(event.user_id) or (domain.new_data(event), event.ts)
        if event.ts < last:
            domain.update_late(data, event)
        else:
            domain.update(data, event)
        self._users[event.user_id] = data, max(last, event.ts)

    def totals(self) -> tuple[int, float]:
        """Return how many users have brought anything, and what all have brought."""
        known = [self._domain.known(data, last) for data, last in self._users.values()]
        return sum(amount > 0.0 for amount in known), round(sum(known), 2)
