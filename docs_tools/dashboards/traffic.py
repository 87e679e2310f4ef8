"""What flows while the pictures are made: logs of both domains with a drift, and requests."""

import re
import sys
import time
from pathlib import Path

import httpx

from stream.embedded.process import ChildProcess
from stream.embedded.stack import LocalStack

#: So many users that the drift in their log is found.
_USERS = {"churn": 150, "revenue": 4500}

#: A log of so many days, with a drift on one of them, and some damaged records.
_LOG = "--days 50 --drift-at 32 --seed 1 --defects 0.002"

#: This share of a log is sent at first, as fast as it goes: then there are labels and models.
_FIRST = 0.5

#: Seconds between two looks at how far it is, and requests meanwhile.
_PAUSE = 0.5

#: Seconds without lag after which the first part has been read.
_QUIET = 10.0


class Traffic:
    """Makes a log of each domain, and sends it in two parts.

    Args:
        stack: a running one.
        seconds: that the second part is to take.
    """

    def __init__(self, stack: LocalStack, seconds: float) -> None:
        self._stack, self._seconds = stack, seconds
        self._parts: dict[str, list[tuple[Path, int]]] = {}

    def make(self) -> None:
        """Make the logs."""
        paths = {domain: self._stack.directory / f"{domain}.jsonl" for domain in _USERS}
        self._finish(
            [
                self._replay(
                    "generate", "-d", domain, "--users", str(_USERS[domain]), *_LOG.split(),
                    "-o", str(path),
                )
                for domain, path in paths.items()
            ]
        )  # fmt: skip
        for domain, path in paths.items():
            lines = path.read_bytes().splitlines(keepends=True)
            first = int(len(lines) * _FIRST)
            self._parts[domain] = []
            for name, part in (("first", lines[:first]), ("last", lines[first:])):
                place = path.with_suffix(f".{name}.jsonl")
                place.write_bytes(b"".join(part))
                self._parts[domain].append((place, len(part)))

    def send_first(self) -> None:
        """Send the first parts as fast as it goes; return when all has been read."""
        self._finish([self._send(domain, parts[0][0]) for domain, parts in self._parts.items()])
        quiet = 0.0
        while quiet < _QUIET:
            self._stack.check()
            time.sleep(_PAUSE)
            quiet = 0.0 if self._lag() else quiet + _PAUSE

    def send_last(self) -> None:
        """Send the second parts evenly, and use the API meanwhile; return when all is sent."""
        senders = [
            self._send(domain, path, "--rate", f"{lines / self._seconds:.1f}")
            for domain, ((_, _), (path, lines)) in self._parts.items()
        ]
        self._finish(senders)

    def _lag(self) -> float:
        """Return how many events the workers have still to read."""
        lag = 0.0
        for port in self._stack.metrics_ports:
            told = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
            lag += sum(
                map(float, re.findall(r"^weir_consumer_lag\{.*\} (\S+)", told, re.MULTILINE))
            )
        return lag

    def _send(self, domain: str, path: Path, *pace: str) -> ChildProcess:
        # bad records are sent as they are, for the dead-letter topic
        how = ("--send-bad", "--sort-buffer", "0", "--allow-late")
        return self._replay("send", str(path), "-d", domain, *how, *pace)

    def _replay(self, *arguments: str) -> ChildProcess:
        return self._stack.spawn(arguments[0], [sys.executable, "-m", "replay", *arguments])

    def _finish(self, children: list[ChildProcess]) -> None:
        with httpx.Client(base_url=self._stack.api_url, timeout=30) as api:
            while any(child.exit_code() is None for child in children):
                self._stack.check()
                self._use(api)
                time.sleep(_PAUSE)
        for child in children:
            if child.exit_code() != 0:
                raise RuntimeError(child.epitaph())

    def _use(self, api: httpx.Client) -> None:
        """Ask the API what a team's tools would ask."""
        for domain in _USERS:
            answer = api.get(f"/v1/{domain}/users", params={"limit": 3})
            if answer.status_code != 200:  # no model yet
                continue
            for user in answer.json()["users"]:
                api.get(f"/v1/{domain}/users/{user['user_id']}")
            api.get(f"/v1/{domain}/drift")
