"""Every Prometheus metric of the worker and the API, declared once; their docs come from here."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_LATENCY = (0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 60, 600)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 20000)


@dataclass(frozen=True)
class Definition:
    """One metric: its name (without the prefix ``weir_``), kind, meaning, labels and buckets."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ("domain",)
    buckets: tuple[float, ...] = ()


_PART = ("domain", "partition")
_MODEL = ("domain", "model", "age")

DEFINITIONS = (
    Definition(
        "records_total",
        "counter",
        "Records read, by what became of them: scored, late, duplicates, outcomes, anonymous, "
        "rejected. Their sum is all that was read.",
        ("domain", "result"),
    ),
    Definition(
        "rejected_total", "counter", "Records in the dead-letter topic.", ("domain", "reason")
    ),
    Definition("scores_total", "counter", "Scores written to the scores topic."),
    Definition("snapshots_total", "counter", "Snapshots taken."),
    Definition("labels_total", "counter", "Labels resolved.", ("domain", "label")),
    Definition("users", "gauge", "Users ever seen, in the partitions of this worker.", _PART),
    Definition("pending_labels", "gauge", "Snapshots that wait for their label.", _PART),
    Definition("watermark_seconds", "gauge", "Event time of the partition, Unix seconds.", _PART),
    Definition("consumer_lag", "gauge", "Records in the partition not yet committed.", _PART),
    Definition("cached_users", "gauge", "User states in the worker's memory.", _PART),
    Definition("chunk_records", "histogram", "Records in a chunk.", buckets=_SIZES),
    Definition("chunk_seconds", "histogram", "Processing of a chunk, whole.", buckets=_LATENCY),
    Definition("load_seconds", "histogram", "Redis round trip to load.", buckets=_LATENCY),
    Definition("commit_seconds", "histogram", "Redis round trip to commit.", buckets=_LATENCY),
    Definition("output_seconds", "histogram", "Outputs until acknowledged.", buckets=_LATENCY),
    Definition(
        "event_to_score_seconds",
        "histogram",
        "From the event's entry into Kafka to the acknowledged score.",
        buckets=_LATENCY,
    ),
    Definition("fenced_total", "counter", "Commits refused: another worker had taken over."),
    Definition("redis_retries_total", "counter", "Attempts repeated because Redis was away."),
    Definition("learner_active", "gauge", "1 where this worker learns."),
    Definition("learner_lag", "gauge", "Examples not yet learnt."),
    Definition("examples_learnt", "gauge", "Examples learnt."),
    Definition("examples_waiting", "gauge", "Examples that wait until their cohort is complete."),
    Definition("learner_skipped_total", "counter", "Examples seen before, not learnt again."),
    Definition("publish_seconds", "histogram", "Publishing a model version.", buckets=_LATENCY),
    Definition(
        "model_info", "gauge", "1 for the model version that scores here.", ("domain", "version")
    ),
    Definition("serving_examples", "gauge", "The number of the model version that serves here."),
    Definition("prequential_labels", "gauge", "Labels in the rolling figures.", _MODEL),
    Definition("prequential_positives", "gauge", "How many of them are positive.", _MODEL),
    *(
        Definition(f"{view}_{name}", "gauge", f"{meaning}, {how}.", _MODEL)
        for view, how in (
            ("prequential", "rolling, on true labels"),
            ("estimated", "as the scores themselves let expect, before labels arrive"),
        )
        for name, meaning in (
            ("auc", "Area under the ROC curve"),
            ("pr_auc", "Average precision"),
            ("log_loss", "Log loss"),
            ("brier", "Brier score"),
            ("ece", "Expected calibration error"),
            ("mean_prediction", "Mean prediction"),
            ("base_rate", "Share of positives"),
            ("lift_top_decile", "Lift in the top 10%"),
            ("gini", "Normalised Gini of amounts"),
            ("spearman", "Rank correlation of amounts"),
            ("decile_mape", "Calibration error of amounts by decile"),
            ("bias", "Predicted over true sum of amounts, minus 1"),
            ("mae", "Mean absolute error of amounts"),
            ("mean_label", "Mean amount"),
            ("top_decile_share", "Share of the amounts in the top 10%"),
        )
    ),
    Definition("estimated_snapshots", "gauge", "Snapshots in the estimated figures.", _MODEL),
    Definition(
        "predicted_sum",
        "gauge",
        "Sum of all predictions whose label has come: outcomes, or amount, that were expected.",
        _MODEL,
    ),
    Definition("realised_sum", "gauge", "Sum of these labels: what came.", _MODEL),
    Definition(
        "label_delay_seconds",
        "gauge",
        "Event time from a prediction until its label was learnt, mean over the newest labels.",
    ),
    Definition(
        "learner_clock_seconds",
        "gauge",
        "Newest event time at which a label became known, Unix seconds.",
    ),
    Definition(
        "model_published_seconds",
        "gauge",
        "When the newest model version was published here, Unix seconds (wall clock).",
    ),
    Definition(
        "drift_alarms_total",
        "counter",
        "Drift alarms: kind concept, data or label; direction degraded, improved, up, down, "
        "changed.",
        ("domain", "kind", "signal", "direction"),
    ),
    Definition(
        "drift_detections_total",
        "counter",
        "Shifts that detectors found, those told by an earlier alarm included.",
        ("domain", "kind", "signal"),
    ),
    Definition(
        "decisions_total",
        "counter",
        "Decisions about the line-up: challenged, promoted, dropped, confirmed, rolled_back, "
        "refused; and retrained.",
        ("domain", "kind"),
    ),
    Definition(
        "retrainings_total",
        "counter",
        "Retrainings that the trainer has run, by result: done, failed.",
        ("domain", "result"),
    ),
    Definition("spool_entries", "gauge", "Entries that wait for MLflow to take them.", ()),
    Definition("retraining_running", "gauge", "1 while a retraining runs here.", ()),
    Definition(
        "retrained_seconds",
        "gauge",
        "When a retraining was last done here, Unix seconds (wall clock).",
    ),
    Definition(
        "drift_mean",
        "gauge",
        "Mean of a watched signal in its detector's present window.",
        ("domain", "kind", "signal"),
    ),
    Definition(
        "drift_window",
        "gauge",
        "Values in the detector's present window: since the last shift.",
        ("domain", "kind", "signal"),
    ),
    Definition(
        "drift_shift",
        "gauge",
        "Mean of a feature, or of the score, over the newest snapshots, against the reference, "
        "in standard deviations of the reference.",
        ("domain", "feature"),
    ),
    Definition(
        "drift_psi",
        "gauge",
        "Population stability index of a categorical feature, or of the score, against the "
        "reference.",
        ("domain", "feature"),
    ),
    Definition(
        "drift_psi_limit",
        "gauge",
        "Index above which an alarm is given: chance alone stays below it.",
        ("domain", "feature"),
    ),
    Definition("api_requests_total", "counter", "API requests.", ("method", "route", "status")),
    Definition(
        "api_refused_total",
        "counter",
        "API requests refused: no_key, wrong_key, wrong_keys (too many from an address), scope, "
        "rate, host, cross_site, listeners.",
        ("reason",),
    ),
    Definition("api_seconds", "histogram", "API response time.", ("route",), _LATENCY),
    Definition("recorded_total", "counter", "Answered scores written to the record."),
    Definition("record_seconds", "histogram", "Until they were on record.", (), _LATENCY),
    Definition(
        "record_failures_total",
        "counter",
        "Scores that were not answered because they could not be recorded.",
        ("reason",),
    ),
    Definition(
        "users_by_score",
        "gauge",
        "Ranked users by score: from the bound `above`, to below the next one.",
        ("domain", "above"),
    ),
    Definition("score_sum", "gauge", "Sum of the ranked users' scores, to the width of the bands."),
    Definition(
        "stream_committed_seconds",
        "gauge",
        "When the stream last committed, as the API reads it, Unix seconds (wall clock).",
    ),
    Definition(
        "stream_pulse_seconds", "gauge", "When a worker last gave a sign of life, likewise."
    ),
    Definition("live_listeners", "gauge", "Open connections to the server-sent events.", ()),
)


class BulkHistogram(Collector):
    """A histogram that takes many observations at once; one a record would cost too much."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._series: dict[tuple[str, ...], tuple[list[int], list[float]]] = {}

    def observe(self, labels: tuple[str, ...], values: Iterable[float]) -> None:
        """Count the values, in the definition's unit."""
        buckets = self._definition.buckets
        counts, total = self._series.setdefault(labels, ([0] * (len(buckets) + 1), [0.0]))
        for value in values:
            counts[bisect_left(buckets, value)] += 1
            total[0] += value

    def collect(self) -> Iterable[Metric]:
        """Give Prometheus the cumulative counts."""
        definition = self._definition
        family = HistogramMetricFamily(
            f"weir_{definition.name}", definition.meaning, labels=definition.labels
        )
        bounds = [*(str(float(bound)) for bound in definition.buckets), "+Inf"]
        for labels, (counts, total) in list(self._series.items()):
            rows, sum_so_far = [], 0
            for bound, count in zip(bounds, counts, strict=True):
                sum_so_far += count
                rows.append((bound, sum_so_far))
            family.add_metric(labels, rows, total[0])
        yield family


class Metrics:
    """All metrics of one process, in a registry of their own.

    Example:
        >>> metrics = Metrics()
        >>> metrics.set("users", 3, "churn", "0")
        >>> metrics.observe("chunk_records", [7, 9], "churn")
        >>> metrics.registry.get_sample_value("weir_users", {"domain": "churn", "partition": "0"})
        3.0
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, BulkHistogram] = {}
        for definition in DEFINITIONS:
            name = f"weir_{definition.name}"
            if definition.kind == "counter":
                self._counters[definition.name] = Counter(
                    name, definition.meaning, definition.labels, registry=self.registry
                )
            elif definition.kind == "gauge":
                self._gauges[definition.name] = Gauge(
                    name, definition.meaning, definition.labels, registry=self.registry
                )
            else:
                histogram = BulkHistogram(definition)
                self._histograms[definition.name] = histogram
                self.registry.register(histogram)

    def count(self, name: str, amount: float, *labels: str) -> None:
        """Add to a counter."""
        if amount:
            self._counters[name].labels(*labels).inc(amount)

    def begin(self, name: str, *labels: str) -> None:
        """Show a counter as 0: Prometheus sees an increase only of what was there before."""
        self._counters[name].labels(*labels)

    def set(self, name: str, value: float, *labels: str) -> None:
        """Set a gauge."""
        gauge = self._gauges[name]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def forget(self, name: str, *labels: str) -> None:
        """Drop a gauge's series."""
        labelnames = next(d.labels for d in DEFINITIONS if d.name == name)
        self._gauges[name].remove_by_labels(dict(zip(labelnames, labels, strict=True)))

    def forget_partition(self, *labels: str) -> None:
        """Drop every gauge of a partition that went to another worker; (domain, partition)."""
        for definition in DEFINITIONS:
            if definition.kind == "gauge" and definition.labels == _PART:
                self.forget(definition.name, *labels)

    def observe(self, name: str, values: Sequence[float], *labels: str) -> None:
        """Count observations in a histogram."""
        self._histograms[name].observe(labels, values)
