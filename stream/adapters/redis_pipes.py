"""Many commands in one packet, over redis-py's connections but not its pool and pipelines.

Those cost several times what the commands themselves cost; a score is asked for with a dozen.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import redis.asyncio as redis
from hiredis import pack_command
from redis.exceptions import ConnectionError as RedisConnectionError

#: So many packets on their way at once; others wait for their turn.
_CONNECTIONS = 50

Command = tuple[str | bytes | int | float, ...]


class Pipes:
    """Connections that are made when needed, and kept.

    For reading only: what fails because a connection has died is sent again. It waits for as long
    as Redis takes; whoever asks sets the limit.

    Args:
        client: says how to connect (address, password, TLS, database, protocol 2).
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._pool = client.connection_pool
        self._idle: list[redis.Connection] = []
        self._turns = asyncio.Semaphore(_CONNECTIONS)

    async def __call__(self, commands: Sequence[Command]) -> list[Any]:
        """Return the answers as they come: bytes, int, None, or lists of these.

        Raises:
            ConnectionError, TimeoutError: of redis-py; Redis is away.
            ResponseError: a command was refused.
        """
        packed = b"".join([pack_command(command) for command in commands])  # type: ignore[arg-type]  # its stub says one word a command
        async with self._turns:
            connection = self._idle.pop() if self._idle else self._connection()
            try:
                return await self._exchange(connection, packed, len(commands))
            except BaseException:
                # answers may still be on their way, and must not be taken for those of others
                await connection.disconnect(nowait=True)
                raise
            finally:
                self._idle.append(connection)

    async def close(self) -> None:
        """Close the connections."""
        for connection in self._idle:
            await connection.disconnect()

    def _connection(self) -> "redis.Connection":
        made: redis.Connection = self._pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py left it out
        return made

    async def _exchange(
        self, connection: "redis.Connection", packed: bytes, count: int
    ) -> list[Any]:
        try:
            await connection.send_packed_command(packed, check_health=False)
            return [await connection.read_response() for _ in range(count)]
        except RedisConnectionError:
            # those that are kept are dead after a restart of Redis: once more, on a new one
            await connection.disconnect(nowait=True)
            await connection.send_packed_command(packed, check_health=False)
            return [await connection.read_response() for _ in range(count)]
