import pytest

from models.amount_metrics import AmountMetrics
from models.metrics import BinaryMetrics
from stream.metrics import DEFINITIONS, Metrics


def test_every_figure_of_a_model_has_its_gauge() -> None:
    declared = {definition.name for definition in DEFINITIONS}
    for figures in (BinaryMetrics, AmountMetrics):
        assert {f"prequential_{name}" for name in figures.__struct_fields__} <= declared


def test_names_follow_prometheus_conventions() -> None:
    for definition in DEFINITIONS:
        assert definition.meaning.endswith("."), definition.name
        assert (definition.kind == "counter") == definition.name.endswith("_total")
        assert bool(definition.buckets) == (definition.kind == "histogram")
        assert list(definition.buckets) == sorted(definition.buckets)


def test_a_bulk_histogram_counts_like_prometheus() -> None:
    metrics = Metrics()
    metrics.observe("commit_seconds", [0.001, 0.0011, 0.5, 1e9], "churn")
    value = metrics.registry.get_sample_value
    assert value("weir_commit_seconds_count", {"domain": "churn"}) == 4
    assert value("weir_commit_seconds_bucket", {"domain": "churn", "le": "0.001"}) == 1
    assert value("weir_commit_seconds_bucket", {"domain": "churn", "le": "0.002"}) == 2
    assert value("weir_commit_seconds_bucket", {"domain": "churn", "le": "+Inf"}) == 4
    assert value("weir_commit_seconds_sum", {"domain": "churn"}) == pytest.approx(1e9 + 0.5021)


def test_a_gauge_without_labels() -> None:
    metrics = Metrics()
    metrics.set("live_listeners", 3)
    assert metrics.registry.get_sample_value("weir_live_listeners") == 3


def test_a_partition_that_went_away_leaves_no_series() -> None:
    metrics = Metrics()
    for partition in ("0", "1"):
        metrics.set("users", 5, "churn", partition)
    metrics.forget_partition("churn", "0")
    series = {"domain": "churn", "partition": "0"}
    assert metrics.registry.get_sample_value("weir_users", series) is None
    assert metrics.registry.get_sample_value("weir_users", {**series, "partition": "1"}) == 5
