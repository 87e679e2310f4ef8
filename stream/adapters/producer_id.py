"""Takes the producer id that idempotent production needs, in the way that all brokers grant it.

aiokafka 0.14 asks for it with version 0 of the request (InitProducerId), which names no former
id. Tansu takes that for a mistake, and grants an id only when version 3 or later says that there
is none. So it is asked here, with version 3, and aiokafka finds that it has one already.
"""

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactString, Int16, Int32, Int64, Schema, TaggedFields

_KEY, _VERSION = 22, 3
_NO_ID = -1

_PATIENCE_SECONDS, _PAUSE_SECONDS = 30.0, 0.1


class _Granted(Response):  # type: ignore[misc]  # aiokafka is published without types
    API_KEY, API_VERSION, FLEXIBLE_VERSION = _KEY, _VERSION, True
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("tags", TaggedFields),
    )


class _AskStruct(RequestStruct):  # type: ignore[misc]  # aiokafka is published without types
    API_KEY, API_VERSION, FLEXIBLE_VERSION = _KEY, _VERSION, True
    RESPONSE_TYPE = _Granted
    SCHEMA = Schema(
        ("transactional_id", CompactString("utf-8")),
        ("transaction_timeout_ms", Int32),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("tags", TaggedFields),
    )


class _Ask(Request[_AskStruct]):  # type: ignore[misc]  # aiokafka is published without types
    API_KEY = _KEY

    def build(self, request_struct_class: type[_AskStruct]) -> Any:
        return request_struct_class(None, 60_000, _NO_ID, _NO_ID, {})


async def take_producer_id(producer: AIOKafkaProducer) -> None:
    """Give an idempotent producer its id; before its start.

    Raises:
        KafkaError: no broker answers, or it refuses.
        TimeoutError: it did not grant an id in time.
    """
    client = producer.client
    await client.bootstrap()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            granted = await client.send(client.get_random_node(), _Ask())
            error = for_code(granted.error_code)
            if not error.retriable:
                break
            await asyncio.sleep(_PAUSE_SECONDS)  # a new cluster takes a moment to grant ids
    if granted.error_code:
        raise error
    producer._txn_manager.set_pid_and_epoch(  # noqa: SLF001  # pinned by a contract test
        granted.producer_id, granted.producer_epoch
    )
