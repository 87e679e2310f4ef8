"""What tracking must do, whoever does it, and how it can fail.

WeirError
├── TrackingAway  it is not there now; the same may succeed later
└── Untrackable   it will never take this entry
"""

from collections.abc import Sequence
from typing import Protocol

from models.errors import WeirError
from stream.tracking.entries import Live, Registration, Retraining


class TrackingAway(WeirError):
    """MLflow cannot be reached, does not answer in time, or refuses us; the message says why."""


class Untrackable(WeirError):
    """MLflow is there, and refuses this very entry for what it says."""


class Tracking(Protocol):
    """Takes entries; each as often as it is sent, with the effect of once.

    Every method blocks, for seconds at times: call it in a thread or a process of its own, one
    call at a time. Every method raises TrackingAway when nothing or only a part was taken; send it
    again then. Every method raises Untrackable when that would be no use.
    """

    def retraining(self, entry: Retraining) -> None:
        """Take in a retraining with its candidates."""

    def register(self, entry: Registration) -> None:
        """Put a model into the registry, and give it the alias of its role."""

    def live(self, entry: Live) -> None:
        """Take in figures of the model that serves."""

    def align(self, domain: str, champion: str, challenger: str | None) -> Sequence[str]:
        """Make the aliases say who serves and who shadows.

        Args:
            domain: whose.
            champion: version that serves, as it was registered.
            challenger: version that shadows, likewise; None for nobody.

        Returns:
            The versions that are not in the registry. Their alias stays as it was: to register
            them sets it.
        """


class NoTracking:
    """Takes everything and keeps nothing, for ``WEIR_MLFLOW_URL=none``."""

    def retraining(self, entry: Retraining) -> None:
        """Forget it."""

    def register(self, entry: Registration) -> None:
        """Forget it."""

    def live(self, entry: Live) -> None:
        """Forget it."""

    def align(self, domain: str, champion: str, challenger: str | None) -> Sequence[str]:  # noqa: ARG002 - the protocol's
        """Return nothing: nothing is missing."""
        return ()
