"""What is drawn into every panel over time: drift alarms, and decisions about the models."""

from grafana.build.page import Mark
from grafana.build.queries import DOMAIN


def _lately(metric: str, by: str) -> str:
    """Return what was counted in the last two minutes.

    The first of its kind makes a series that begins at 1, which ``increase`` does not see.
    """
    series = f"{metric}{{{DOMAIN}}}"
    return f"sum by ({by}) ({series} unless {series} offset 2m or increase({series}[2m])) > 0"


ALARMS = Mark(
    "Drift alarms",
    _lately("weir_drift_alarms_total", "domain, kind, signal, direction"),
    "{{domain}}: {{signal}} {{direction}}",
    "{{kind}} drift",
    "orange",
)

DECISIONS = Mark(
    "Decisions",
    _lately("weir_decisions_total", "domain, kind"),
    "{{domain}}: {{kind}}",
    "decision about the models",
    "purple",
)
