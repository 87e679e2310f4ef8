from itertools import pairwise

import pytest
from click.testing import CliRunner

from benchmarks.scaling.model import Assumptions, main, most_users, needs

#: Round numbers, so that every result can be worked out by hand.
ROUND = Assumptions(
    events_user_day=86.4,
    peak=2,
    plan=0.5,
    worker_events_s=1_000,
    redis_us_event=10,
    partitions_worker=4,
    redis_bytes_user=1_000,
    redis_more=1.5,
    redis_node_gb=10,
    redis_copies=2,
    examples_user_day=1,
    learner_records_s=100,
    event_bytes=20,
    score_bytes=10,
    example_bytes=43.2,
    small_batches=2,
    events_days=30,
    scores_days=10,
    kafka_copies=3,
    answers_user_day=8.64,
    api_answers_s=100,
)


def test_a_million_users_by_hand() -> None:
    found = needs(1_000_000, ROUND)
    assert found.events_s == pytest.approx(1_000)  # a thousandth of an event a second each
    assert found.peak_events_s == pytest.approx(2_000)
    assert found.workers == 4  # at half their speed
    assert found.partitions == 16
    assert found.redis_gb == pytest.approx(1)
    assert found.redis_nodes == 2  # 1.5 GB, and 0.02 of a thread
    assert found.kafka_gb_day == pytest.approx(86.4 * 0.06 + 0.0864)
    assert found.kafka_mb_s == pytest.approx((1_000 * 60 + 1e6 / 86_400 * 86.4) * 2 / 1e6)
    assert found.kafka_tb == pytest.approx(86.4e6 * (40 * 30 + 20 * 10) * 3 / 1e12)
    assert found.examples_gb_year == pytest.approx(1e6 * 86.4 * 365 * 3 / 1e9)
    assert found.examples_day == pytest.approx(1_000_000)
    assert found.learner_hours == pytest.approx(10_000 / 3600)
    assert found.learners == 1
    assert found.api_processes == 4  # 200 answers a second at the peak, 50 each
    assert found.replay_hours == pytest.approx(86.4e6 * 30 / 4_000 / 3600)
    assert found.possible


def test_few_users_need_one_of_each_and_the_usual_partitions() -> None:
    found = needs(1, ROUND)
    assert (found.workers, found.partitions, found.learners, found.api_processes) == (1, 4, 1, 1)
    assert found.redis_nodes == ROUND.redis_copies


def test_redis_grows_by_memory_or_by_its_one_thread_whichever_is_more() -> None:
    by_memory = needs(20_000_000, ROUND)  # 30 GB, and 0.4 of a thread
    assert (by_memory.redis_masters, by_memory.redis_nodes) == (3, 6)
    slow = Assumptions(**{**vars(ROUND), "redis_us_event": 100.0})  # 4 threads, at half
    assert needs(20_000_000, slow).redis_masters == 8


def test_several_redis_are_not_possible_as_weir_is() -> None:
    tight = Assumptions(**{**vars(ROUND), "redis_node_gb": 1.5})
    assert needs(1_000_000, tight).possible
    assert not needs(1_000_001, tight).possible


def test_the_one_learner_is_the_limit_that_is_told() -> None:
    most = most_users(ROUND)
    assert most == 4_320_000
    assert needs(most, ROUND).learners == 1
    assert needs(most, ROUND).possible
    more = needs(most + 1, ROUND)
    assert more.learners == 2
    assert not more.possible


def test_more_partitions_than_there_may_be_are_not_possible() -> None:
    busy = Assumptions(**{**vars(ROUND), "learner_records_s": 1e9, "redis_node_gb": 1e9})
    busy = Assumptions(**{**vars(busy), "redis_us_event": 0.001})
    assert needs(16_000_000, busy).partitions == 256
    found = needs(80_000_000, busy)
    assert found.partitions == 2048
    assert not found.possible


def test_needs_never_shrink_as_users_come() -> None:
    counted = ("workers", "partitions", "redis_nodes", "learners", "api_processes")
    sizes = [needs(10**power) for power in range(9)]
    for fewer, more in pairwise(sizes):
        assert all(getattr(fewer, name) <= getattr(more, name) for name in counted)


def test_the_command_takes_other_assumptions_and_refuses_unknown_ones() -> None:
    runner = CliRunner()
    found = runner.invoke(main, ["--set", "events_user_day=1"])
    assert found.exit_code == 0
    assert "100,000,000" in found.output
    assert runner.invoke(main, ["--set", "wishes=1"]).exit_code == 2
    assert runner.invoke(main, ["--set", "peak=x"]).exit_code == 2
