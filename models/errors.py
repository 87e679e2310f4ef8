"""The errors of the core.

WeirError
├── BadRecord      a record that cannot be used; it belongs in the dead-letter topic
├── BadCheckpoint  a checkpoint that must not be loaded (tampered with, or another version)
├── BadState       a stored user state that this version cannot read
├── BadVersion     not the name of a model, or of one of its versions
├── Refused        a decision that cannot be carried out as things stand
├── UnknownDomain  no such domain is installed
└── UnknownRecipe  no such recipe
"""


class WeirError(Exception):
    """The root of Weir's own errors; its message tells the reader what to do."""


class BadRecord(WeirError):
    """A record that cannot be used.

    Attributes:
        reason: a stable code in snake_case, fit for a metric's label (``bad_json``).
        detail: one sentence for a person. It names fields and never quotes personal values.
        field: the field that is wrong; empty when it is not one.
        valid: its valid values, where they are few.
    """

    def __init__(
        self, reason: str, detail: str, field: str = "", valid: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.field = field
        self.valid = valid


class BadCheckpoint(WeirError):
    """A checkpoint that must not be loaded: wrong signature, format or River version."""


class BadState(WeirError):
    """A stored user state that this version cannot read."""


class BadVersion(WeirError):
    """Not the name of a model, or of one of its versions; the message says how they look."""


class Refused(WeirError):
    """A decision that cannot be carried out as things stand; the message says why."""


class UnknownDomain(WeirError):
    """No such domain is installed; the message names those that are."""


class UnknownRecipe(WeirError):
    """The domain has no such recipe; the message names those that it has."""
