"""How often each client may ask: token buckets, in bounded memory."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

#: Clients that are remembered. The one not seen for longest is forgotten first: by then its bucket
#: is full again, unless so many ask at once that the limit is no longer what holds them up.
MOST_CLIENTS = 10_000


class Rate:
    """A bucket of tokens for each client, filled again steadily.

    A bucket is one number, the moment when it is full again (the generic cell rate algorithm).

    Args:
        per_second: tokens that come back; 0 for no limit.
        burst: tokens in a full bucket.
        most: clients that are remembered.
        clock: seconds that only go forward.

    Example:
        >>> now = [0.0]
        >>> rate = Rate(2.0, 2, clock=lambda: now[0])
        >>> [rate.take("a") for _ in range(3)]
        [0.0, 0.0, 0.5]
        >>> now[0] = 0.5
        >>> rate.take("a")
        0.0
    """

    def __init__(
        self,
        per_second: float,
        burst: int,
        most: int = MOST_CLIENTS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval = 1.0 / per_second if per_second else 0.0
        self._slack = self._interval * (burst - 1)
        self._most = most
        self._clock = clock
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, client: Hashable) -> float:
        """Return the seconds until the client's bucket has a token; 0 when it has one."""
        now = self._clock()
        return max(0.0, self._full_at.get(client, now) - now - self._slack)

    def take(self, client: Hashable) -> float:
        """Take a token and return 0; where there is none, return the seconds until there is."""
        if not self._interval:
            return 0.0
        if wait := self.wait(client):
            return wait
        now = self._clock()
        self._full_at[client] = max(now, self._full_at.get(client, now)) + self._interval
        self._full_at.move_to_end(client)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return 0.0


def client_of(address: str) -> str:
    """Return whom an address stands for: of IPv6 a whole /64, which is one customer.

    >>> client_of("2001:db8::1") == client_of("2001:db8::2"), client_of("::ffff:10.0.0.1")
    (True, '10.0.0.1')
    """
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return parsed.packed[:8].hex()
