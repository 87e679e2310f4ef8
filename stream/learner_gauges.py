"""What the learner knows, as gauges: figures of the models, and drift."""

from collections.abc import Sequence
from typing import get_args

import msgspec

from models.contest.decisions import Kind
from models.drift_report import DriftReport
from models.objective import Figures
from models.prequential import ModelReport
from stream.metrics import Metrics

_DIRECTIONS = {
    "concept": ("degraded", "improved"),
    "data": ("up", "down", "changed"),
    "label": ("up", "down"),
}

#: There are no labels in an estimate to be counted.
_COUNTS = ("labels", "positives")


class Shown:
    """Sets gauges round by round; what a round does not set any more is forgotten.

    So a model that has left the line-up leaves no figures behind that nobody renews.

    Args:
        metrics: where the gauges are.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._before: set[tuple[str, ...]] = set()
        self._now: set[tuple[str, ...]] = set()

    def set(self, name: str, value: float, *labels: str) -> None:
        """Set a gauge."""
        self._metrics.set(name, value, *labels)
        self._now.add((name, *labels))

    def end(self) -> None:
        """End the round: forget what it has not set and the one before had."""
        for name, *labels in self._before - self._now:
            self._metrics.forget(name, *labels)
        self._before, self._now = self._now, set()


def show_figures(metrics: Shown, domain: str, reports: Sequence[ModelReport]) -> None:
    """Set the gauges of how right every model was."""
    for report in reports:
        labels = domain, report.model, report.age
        _show(metrics, "prequential", report.rolling, labels)
        whole = msgspec.structs.asdict(report.cumulative)
        if whole["labels"]:
            came = whole.get("base_rate", whole.get("mean_label"))
            metrics.set("predicted_sum", whole["mean_prediction"] * whole["labels"], *labels)
            metrics.set("realised_sum", came * whole["labels"], *labels)


def show_drift(metrics: Shown, domain: str, report: DriftReport) -> None:
    """Set the gauges of drift, and of what is to be expected of the newest scores."""
    if report.label_delay is not None:
        metrics.set("label_delay_seconds", report.label_delay, domain)
    for signal in report.signals:
        labels = domain, signal.kind, signal.signal
        metrics.set("drift_window", signal.window, *labels)
        if signal.mean is not None:
            metrics.set("drift_mean", signal.mean, *labels)
    for feature in report.features:
        if feature.shift is not None:
            metrics.set("drift_shift", feature.shift, domain, feature.feature)
        if feature.psi is not None and feature.psi_limit is not None:
            metrics.set("drift_psi", feature.psi, domain, feature.feature)
            metrics.set("drift_psi_limit", feature.psi_limit, domain, feature.feature)
    for estimate in report.estimated:
        found = domain, estimate.model, estimate.age
        metrics.set("estimated_snapshots", estimate.snapshots, *found)
        _show(metrics, "estimated", estimate.metrics, found, _COUNTS)


def begin_drift(metrics: Metrics, domain: str, report: DriftReport) -> None:
    """Show every alarm that there can be as not given yet."""
    for kind, signal in detections(report):
        metrics.begin("drift_detections_total", domain, kind, signal)
        for direction in _DIRECTIONS[kind]:
            metrics.begin("drift_alarms_total", domain, kind, signal, direction)


def begin_decisions(metrics: Metrics, domain: str) -> None:
    """Show every kind of decision as not taken yet."""
    for kind in get_args(Kind):
        metrics.begin("decisions_total", domain, kind)


def detections(report: DriftReport) -> dict[tuple[str, str], int]:
    """Return how many shifts were found so far, by kind and signal."""
    found: dict[tuple[str, str], int] = {(s.kind, s.signal): s.detections for s in report.signals}
    return found | {("data", f.feature): f.detections for f in report.features}


def _show(
    metrics: Shown,
    view: str,
    figures: Figures,
    labels: tuple[str, str, str],
    without: tuple[str, ...] = (),
) -> None:
    for name, value in msgspec.structs.asdict(figures).items():
        if value is not None and name not in without:
            metrics.set(f"{view}_{name}", float(value), *labels)
