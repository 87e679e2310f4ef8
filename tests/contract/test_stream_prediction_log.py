"""What the record relies on in a database: rows, pages, pruning; on PostgreSQL and SQLite."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.adapters.prediction_log import PredictionLog
from stream.record import DatabaseAway, Place
from tests.record_parts import PREDICTION, everything, prediction, with_log

#: Of all Unicode, also what neither UTF-8 nor PostgreSQL can hold.
ANY_TEXT = st.text(st.characters(exclude_categories=[]))


def fit(text: str) -> str:
    unfit = {0, *range(0xD800, 0xE000)}
    return "".join("\ufffd" if ord(letter) in unfit else letter for letter in text)


# rows


def test_what_is_appended_is_found(database_url: str) -> None:
    rows = [PREDICTION, prediction(user_id="2", score=None, model_version=None, latency_ms=0.1)]

    async def scenario(log: PredictionLog) -> None:
        await log.append(rows)  # which prepares the database, too
        assert await everything(log) == rows[::-1]

    async def again(log: PredictionLog) -> None:
        assert await everything(log) == rows[::-1]

    with_log(database_url, scenario)
    with_log(database_url, again)


def test_an_empty_database_has_no_rows(database_url: str) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.ping()
        page = await log.find()
        assert (page.rows, page.before) == ([], None)
        assert await log.count_older(2**62) == 0
        assert await log.prune(2**62, 10) == 0

    with_log(database_url, scenario)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "a\0b",
        "\ud800",
        "\ud83d\ude00",  # a pair, not joined
        "\U0001f600 é \uffff \u202e",
        "'; DROP TABLE predictions; --",
        "%s :user ? $1 \\",
        "x" * 300_000,
        "\U0001f600" * 300_000,
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_no_row_is_refused_for_what_it_says(database_url: str, text: str) -> None:
    row = prediction(request_id=text, domain=text, input=text, model_version=text)

    async def scenario(log: PredictionLog) -> None:
        await log.append([PREDICTION, row, PREDICTION])
        clean = fit(text)
        expected = prediction(request_id=clean, domain=clean, input=clean, model_version=clean)
        assert await everything(log, domain=text) == [expected]
        assert len(await everything(log)) == 3

    with_log(database_url, scenario)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(texts=st.lists(ANY_TEXT, min_size=1))
def test_any_text_is_kept_as_far_as_it_can_be(database_url: str, texts: list[str]) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.prepare()
        await log.prune(2**62, 1000)
        await log.append([prediction(input=text, user_id=text) for text in texts])
        rows = await everything(log)
        assert [(row.input, row.user_id) for row in rows] == [(fit(t), fit(t)) for t in texts][::-1]

    with_log(database_url, scenario)


def test_a_user_id_of_any_length_is_told_from_others(database_url: str) -> None:
    alike = ["u" * 300_000 + end for end in "ab"]

    async def scenario(log: PredictionLog) -> None:
        await log.append([prediction(user_id=user) for user in ["u" * 512, *alike]])
        for user in ["u" * 512, *alike]:
            [row] = await everything(log, user_id=user)
            assert row.user_id.startswith("u" * 256)

    with_log(database_url, scenario)


@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_no_number_is_none(database_url: str, score: float) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.append([prediction(score=score)])
        assert await everything(log) == [prediction(score=None)]

    with_log(database_url, scenario)


def test_many_rows_are_one_transaction(database_url: str) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.append([prediction(at=at) for at in range(5_000)])
        broken = prediction(at=None)
        with pytest.raises(DatabaseAway):
            await log.append([*[prediction(at=9_999)] * 5_000, broken])
        assert [row.at for row in await everything(log)] == list(range(5_000))[::-1]

    with_log(database_url, scenario)


# reading


def test_pages_go_back_in_time_without_gaps_or_repeats(database_url: str) -> None:
    rows = [prediction(at=at, request_id=str(n)) for n, at in enumerate([5, 5, 5, 5, 7, 7, 3, 5])]

    async def scenario(log: PredictionLog) -> None:
        await log.append(rows)
        found, before, pages = [], None, 0
        while pages == 0 or before:
            page = await log.find(limit=3, before=before)
            if pages == 0:  # what comes meanwhile is on no later page
                await log.append([prediction(at=9), prediction(at=7)])
            found += [(row.at, row.request_id) for row in page.rows]
            before, pages = page.before, pages + 1
        assert pages == 3
        expected = sorted(enumerate(rows), key=lambda item: (item[1].at, item[0]), reverse=True)
        assert found == [(row.at, row.request_id) for _, row in expected]

    with_log(database_url, scenario)


def test_a_full_last_page_is_the_last(database_url: str) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.append([prediction(at=at) for at in range(4)])
        first = await log.find(limit=2)
        assert isinstance(first.before, Place)
        second = await log.find(limit=2, before=first.before)
        assert ([row.at for row in second.rows], second.before) == ([1, 0], None)

    with_log(database_url, scenario)


def test_users_domains_and_times_are_apart(database_url: str) -> None:
    rows = [
        prediction(user_id=user, domain=domain, at=at)
        for user in ("a", "b")
        for domain in ("churn", "revenue")
        for at in (10, 20)
    ]

    async def scenario(log: PredictionLog) -> None:
        await log.append(rows)
        assert len(await everything(log, user_id="a")) == 4
        assert len(await everything(log, domain="churn")) == 4
        assert len(await everything(log, since_ms=20)) == 4
        found = await everything(log, user_id="a", domain="revenue", since_ms=11)
        assert found == [prediction(user_id="a", domain="revenue", at=20)]
        assert await everything(log, user_id="nobody") == []

    with_log(database_url, scenario)


# pruning


def test_the_oldest_go_first_and_no_newer_ones(database_url: str) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.append([prediction(at=at) for at in (4, 1, 3, 2, 5)])
        assert await log.count_older(4) == 3
        assert await log.prune(4, 2) == 2
        assert [row.at for row in await everything(log)] == [5, 4, 3]
        assert await log.prune(4, 2) == 1
        assert await log.prune(4, 2) == await log.count_older(4) == 0
        assert [row.at for row in await everything(log)] == [5, 4]

    with_log(database_url, scenario)
