"""What a check of `stream doctor` finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """The outcome of one check.

    Attributes:
        name: what was looked at.
        status: "warn" is for what works but should not stay so.
        what: what was found.
        mend: what to do about it; empty when all is well.
    """

    name: str
    status: Literal["ok", "warn", "fail"]
    what: str
    mend: str = ""


def worst(checks: Sequence[Check]) -> Literal["ok", "warn", "fail"]:
    """The gravest status among `checks`."""
    statuses = {check.status for check in checks}
    return "fail" if "fail" in statuses else "warn" if "warn" in statuses else "ok"
