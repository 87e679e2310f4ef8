"""The battery that every domain passes, as River's ``checks`` are for estimators.

    for check in CHECKS:
        check(domain)

Each check raises AssertionError with what is wrong.
"""

from collections.abc import Callable

from models.checks.features import (
    check_duplicates,
    check_features,
    check_identity,
    check_late,
    check_state,
    check_words,
)
from models.checks.labels import check_known, check_labels, check_schedule, check_windows
from models.checks.learning import check_recipes, check_watch
from models.checks.records import (
    check_fields,
    check_garbage,
    check_rows,
    check_samples,
    check_simulation,
)
from models.checks.trial import AnyDomain

CHECKS: tuple[Callable[[AnyDomain], None], ...] = (
    check_schedule,  # first: the others would never end if time stood still
    check_samples,
    check_garbage,
    check_features,
    check_words,
    check_identity,
    check_state,
    check_duplicates,
    check_late,
    check_windows,
    check_labels,
    check_known,
    check_rows,
    check_fields,
    check_simulation,
    check_watch,
    check_recipes,
)


def check_domain(domain: AnyDomain) -> None:
    """Run the whole battery.

    Raises:
        AssertionError: the domain breaks its contract; the message says how.
    """
    for check in CHECKS:
        check(domain)
