"""A retraining in a process of its own: it may take all it wants, and be killed."""

import asyncio
import os
import signal
import sys

from stream.retraining.state import Request, encode

#: Exit code of a retraining that found another one running (sysexits' EX_TEMPFAIL).
BUSY = 75

#: It gives way to whatever else runs on the machine.
_NICE = 10

#: Seconds that it gets to stop.
_GRACE = 10.0


class Child:
    """``stream retrain``, called by the trainer.

    Attributes:
        domain: whose models it makes.
        request: what asks for it.
    """

    def __init__(self, domain: str, request: Request, process: asyncio.subprocess.Process) -> None:
        self.domain, self.request = domain, request
        self._process = process

    @classmethod
    async def start(cls, domain: str, request: Request) -> "Child":
        """Start it; what it says goes to this process's own outputs."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "stream", "retrain", "--domain", domain),
            *("--request", encode(request).decode()),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,  # Ctrl-C is for the trainer, which stops it
        )
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        return cls(domain, request, process)

    @property
    def exit_code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.returncode

    async def stop(self) -> None:
        """Stop it: nothing has happened then."""
        if self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
