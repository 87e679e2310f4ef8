"""Token buckets, by a clock that the tests move."""

from hypothesis import given
from hypothesis import strategies as st

from api.rate import Rate, client_of


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(
    per_second=st.integers(1, 50),
    burst=st.integers(1, 50),
    steps=st.lists(st.integers(0, 40), min_size=1, max_size=200),
)
def test_never_more_than_the_burst_and_what_has_come_back(
    per_second: int, burst: int, steps: list[int]
) -> None:
    clock = Clock()
    rate = Rate(per_second, burst, clock=clock)
    taken = 0
    for step in steps:
        clock.now += step / 100
        wait = rate.take("a")
        if not wait:
            taken += 1
        else:
            clock.now += wait + 1e-6  # when it says so, there is one
            assert not rate.take("a")
            taken += 1
        assert taken <= burst + (clock.now - 1000.0) * per_second + 1e-6


def test_a_whole_burst_is_there_at_first_and_again_after_a_while() -> None:
    clock = Clock()
    rate = Rate(2.0, 5, clock=clock)
    for _ in range(2):
        assert [rate.take("a") > 0 for _ in range(6)] == [False] * 5 + [True]
        clock.now += 2.5


def test_clients_have_a_bucket_each() -> None:
    rate = Rate(1.0, 1, clock=Clock())
    assert [rate.take(client) > 0 for client in "abab"] == [False, False, True, True]


def test_none_is_taken_where_there_is_no_limit_or_where_it_is_only_looked() -> None:
    clock = Clock()
    endless = Rate(0.0, 1, clock=clock)
    assert {endless.take("a") for _ in range(100)} == {0.0}
    assert not len(endless)
    rate = Rate(1.0, 1, clock=clock)
    assert {rate.wait("a") for _ in range(100)} == {0.0}
    rate.take("a")
    assert rate.wait("a") == 1.0


def test_however_many_come_few_are_remembered_and_busy_ones_longest() -> None:
    rate = Rate(0.001, 3, most=100, clock=Clock())
    rate.take("busy")
    for number in range(10_000):
        rate.take(number)
        if number in {50, 120}:
            rate.take("busy")
        if number == 150:
            assert rate.take("busy") > 0
    assert len(rate) == 100


def test_a_network_of_ipv6_is_one_client() -> None:
    assert client_of("2001:db8::1") == client_of("2001:db8:0:0:ffff::2")
    assert client_of("2001:db8::1") != client_of("2001:db8:0:1::1")
    assert client_of("::ffff:10.0.0.1") == client_of("10.0.0.1") == "10.0.0.1"
    assert client_of("") == ""
    assert client_of("a:socket") == "a:socket"
