"""``kill -9`` of the API under load: every answer that a client has got is on record."""

import asyncio
import itertools
import random
from pathlib import Path

import httpx

from stream.settings import load
from tests.integration.api_process import api
from tests.integration.revenue_seed import ROW
from tests.record_parts import request_ids

KILLS = 3
CLIENTS = 16


async def ask_until_it_dies(
    client: httpx.AsyncClient, ids: "itertools.count[int]", answers: "asyncio.Queue[str]"
) -> None:
    """Tell the request ids of the answers that come."""
    while True:
        request_id = f"request-{next(ids)}"
        try:
            response = await client.post(
                "/v1/revenue/predict", json=ROW, headers={"X-Request-ID": request_id}
            )
        except httpx.TransportError:
            return
        assert response.status_code == 200, response.text
        await answers.put(request_id)


def test_no_answer_is_lost_from_the_record(database_url: str, tmp_path: Path) -> None:
    ids, rng = itertools.count(), random.Random(7)
    answered: list[str] = []
    settings = load({"redis_url": "redis://127.0.0.1:1", "database_url": database_url})
    environment = {"WEIR_DOMAINS": "churn,revenue", "WEIR_DATABASE_URL": database_url}
    environment["WEIR_RATE_LIMIT"] = "0"
    for number in range(KILLS):
        with api(settings, tmp_path / f"{number}.log", **environment) as (running, sync):

            async def load_and_kill(url: str) -> list[str]:
                answers: asyncio.Queue[str] = asyncio.Queue()
                async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
                    clients = [
                        asyncio.create_task(ask_until_it_dies(client, ids, answers))
                        for _ in range(CLIENTS)
                    ]
                    # so many, not so long: a busy machine gives few answers in a second
                    async with asyncio.timeout(120):
                        told = [await answers.get() for _ in range(rng.randint(40, 200))]
                    await asyncio.sleep(0.05 * rng.random())
                    running.kill()
                    await asyncio.gather(*clients)
                    return told + [answers.get_nowait() for _ in range(answers.qsize())]

            answered += asyncio.run(load_and_kill(str(sync.base_url)))
    found = request_ids(database_url)
    assert len(answered) > 100
    assert len(set(answered)) == len(answered)
    assert set(answered) <= set(found)
    assert len(found) == len(set(found))
    # what was recorded and not answered was under way when the kill came
    assert len(found) - len(answered) <= KILLS * CLIENTS
