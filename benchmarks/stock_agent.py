"""A bare Faust agent as its documentation shows it: usage BROKER_URL FILE_FOR_THE_COUNT."""

import asyncio
import sys
from pathlib import Path

import faust
import orjson


def main(broker_url: str, count_file: Path) -> None:
    """Parse and count the events of churn; write the count to the file now and then."""
    app = faust.App(
        "stock",
        broker=broker_url,
        store="memory://",
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=6,
        broker_rebalance_timeout=4,
        broker_heartbeat_interval=1,
        broker_max_poll_records=2000,
    )
    seen = 0

    async def agent(stream: faust.StreamT[bytes]) -> None:
        nonlocal seen
        async for value in stream:
            orjson.loads(value)
            seen += 1

    async def write() -> None:
        count_file.write_text(str(seen))  # noqa: ASYNC240 - a few bytes, ten times a second

    topic = app.topic("events.churn", value_serializer="raw", key_serializer="raw")
    app.agent(topic, name="count")(agent)
    app.timer(0.1)(write)

    async def serve() -> None:
        await app.start()
        await app.wait_until_stopped()

    asyncio.run(serve())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
