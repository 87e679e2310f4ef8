"""The topics of a domain."""

from stream import topics


def test_outputs_are_laid_out_like_the_events_and_examples_are_one_log() -> None:
    of = {topic.name: topic for topic in topics.of_domain("churn", 7)}

    assert of[topics.events("churn")].partitions == 7
    assert of[topics.scores("churn")].partitions == 7
    assert of[topics.dead_letters("churn")].partitions == 7
    assert of[topics.examples("churn")].partitions == 1


def test_one_of_three_brokers_may_die() -> None:
    (first, *_) = topics.of_domain("churn", 4)

    assert [first.on(brokers)[0] for brokers in (1, 2, 3, 9)] == [1, 2, 3, 3]
    least = [first.on(brokers)[1]["min.insync.replicas"] for brokers in (1, 2, 3, 9)]
    assert least == ["1", "1", "2", "2"]


def test_the_examples_are_kept_for_good() -> None:
    of = {topic.name: topic for topic in topics.of_domain("churn", 4)}

    assert of["examples.churn"].config["retention.ms"] == "-1"


def test_no_clock_of_ours_is_in_our_records() -> None:
    times = {t.name: t.config["message.timestamp.type"] for t in topics.of_domain("churn", 4)}

    assert times.pop(topics.events("churn")) == "CreateTime"
    assert set(times.values()) == {"LogAppendTime"}
