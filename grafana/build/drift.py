"""Drift: what has moved, since when, and how far."""

from grafana_foundation_sdk.models.dashboard import Panel

from grafana.build.limits import Limits
from grafana.build.marks import ALARMS, DECISIONS
from grafana.build.page import Choice, Page, Row
from grafana.build.panels import bars, for_each_domain, heat, lines, number
from grafana.build.queries import DOMAIN, Query, learner

_FEATURE = f'{DOMAIN}, feature=~"$feature"'
_CONCEPT, _LABEL = (f'{DOMAIN}, kind="{kind}"' for kind in ("concept", "label"))


def page() -> Page:
    """Return the dashboard."""
    return Page(
        "weir-drift",
        "Weir / Drift",
        "What has moved, since when, and how far. Alarms, and decisions about the models, are "
        "drawn into every panel over time.",
        [
            Row("Alarms", _alarms()),
            Row("Features, against the reference", _features()),
            Row("What the detectors see", _detectors()),
            Row("Scores", _scores()),
        ],
        choices=[
            Choice(
                "feature",
                "Feature",
                "Which features to look at; the score is one of them.",
                f"label_values(weir_drift_shift{{{DOMAIN}}}, feature)",
            )
        ],
        marks=[ALARMS, DECISIONS],
        since="now-6h",
        refresh="30s",
    )


def _alarms() -> list[Panel]:
    return [
        number(
            "Concept",
            "Alarms within the hour that predictions and outcomes no longer agree as before, for "
            "better or worse. Worse calls somebody.",
            Query(
                f'domain_kind:weir_drift_alarms:increase1h{{{DOMAIN}, kind="concept"}}',
                "{{domain}}",
            ),
            unit="none",
            limits=Limits(bad=1),
            decimals=0,
            width=5,
        ),
        number(
            "Data",
            "Alarms within the hour that a feature, or the score, is distributed otherwise than "
            "before.",
            Query(
                f'domain_kind:weir_drift_alarms:increase1h{{{DOMAIN}, kind="data"}}', "{{domain}}"
            ),
            unit="none",
            limits=Limits(1),
            decimals=0,
            width=5,
        ),
        number(
            "Labels",
            "Alarms within the hour that outcomes have become more or less frequent.",
            Query(
                f'domain_kind:weir_drift_alarms:increase1h{{{DOMAIN}, kind="label"}}', "{{domain}}"
            ),
            unit="none",
            limits=Limits(1),
            decimals=0,
            width=5,
        ),
        lines(
            "Shifts found",
            "Shifts that detectors found, since the learner's process began, those told by an "
            "earlier alarm included.",
            Query(
                f"sum by (domain, kind) ({learner('weir_drift_detections_total')}) "
                f"or 0 * domain_kind:weir_drift_alarms:increase1h{{{DOMAIN}}}",
                "{{domain}} {{kind}}",
            ),
            unit="short",
            least=0,
            width=9,
            height=4,
        ),
    ]


def _features() -> list[Panel]:
    return [
        heat(
            "Shift of each feature, and of the score",
            "Mean over the newest snapshots, against the reference that was pinned with the "
            "champion, in standard deviations of the reference: white is as then, red higher, blue "
            "lower. A row that changes colour at once is a shift, all rows at once a change in "
            "what is logged.",
            Query(
                f"max by (domain, feature) {learner('weir_drift_shift', _FEATURE)}",
                "{{domain}} {{feature}}",
            ),
            unit="none",
            scheme="RdBu",
            span=(-1.5, 1.5),
            width=16,
            height=12,
        ),
        bars(
            "Index over its limit",
            "Population stability index of categorical features and of the score, over the limit "
            "that chance alone stays below: above 1 there is an alarm.",
            Query(
                f"sort_desc(max by (domain, feature) {learner('weir_drift_psi', _FEATURE)} "
                f"/ max by (domain, feature) {learner('weir_drift_psi_limit', _FEATURE)})",
                "{{domain}} {{feature}}",
                instant=True,
            ),
            unit="none",
            limits=Limits(0.7, 1),
            width=8,
            height=12,
        ),
        lines(
            "The five that have moved most",
            "Features with the largest shift, either way, in standard deviations of the reference.",
            Query(
                f"topk(5, abs(max by (domain, feature) {learner('weir_drift_shift', _FEATURE)}))",
                "{{domain}} {{feature}}",
            ),
            unit="none",
            decimals=2,
            least=0,
            width=12,
        ),
        lines(
            "Population stability index",
            "Of categorical features and of the score; the thin lines are the limits.",
            Query(
                f"max by (domain, feature) {learner('weir_drift_psi', _FEATURE)}",
                "{{domain}} {{feature}}",
            ),
            Query(
                f"max by (domain, feature) {learner('weir_drift_psi_limit', _FEATURE)}",
                "{{domain}} {{feature}} limit",
            ),
            unit="none",
            decimals=3,
            least=0,
            width=12,
        ),
    ]


def _detectors() -> list[Panel]:
    mean = "max by (domain, signal) "
    return [
        lines(
            "Loss and calibration",
            "Concept: mean in the detector's present window, of the champion's clipped loss, and "
            "of prediction less outcome (0 is calibrated).",
            Query(
                f"{mean}{learner('weir_drift_mean', _CONCEPT)}",
                "{{domain}} {{signal}}",
            ),
            unit="none",
            decimals=3,
        ),
        lines(
            "How frequent outcomes are",
            "Labels: mean in the detector's present window.",
            Query(
                f"{mean}{learner('weir_drift_mean', _LABEL)}",
                "{{domain}} {{signal}}",
            ),
            unit="none",
            decimals=3,
        ),
        lines(
            "Values in the window",
            "How many labels the detector's present window holds: it grows while nothing shifts, "
            "and is cut at a shift.",
            Query(
                f"max by (domain, kind, signal) {learner('weir_drift_window')}",
                "{{domain}} {{signal}}",
            ),
            unit="short",
            least=0,
        ),
    ]


def _scores() -> list[Panel]:
    return [
        for_each_domain(
            heat(
                "Users by score, over time: $domain",
                "How many ranked users have a score from each bound on, to below the next one. A "
                "band that fills or empties at once: the score has shifted.",
                Query(f"max by (above) (weir_users_by_score{{{DOMAIN}}})", "{{above}}"),
                unit="short",
                scheme="Blues",
                width=24,
            )
        ),
        lines(
            "Mean score",
            "Mean score of the ranked users, to the width of the bands.",
            Query(
                f"max by (domain) (weir_score_sum{{{DOMAIN}}}) "
                f"/ sum by (domain) (max by (domain, above) (weir_users_by_score{{{DOMAIN}}}))",
                "{{domain}}",
            ),
            unit="none",
            decimals=3,
            width=24,
            height=5,
        ),
    ]
