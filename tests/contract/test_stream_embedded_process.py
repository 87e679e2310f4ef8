"""Children that are stopped in time, end with their parent, and are started again."""

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stream.embedded.guard import Guard
from stream.embedded.ports import any_free, is_free
from stream.embedded.process import ChildProcess, Halted, StackError, stop_all
from stream.embedded.supervise import Supervised

STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); print('ready', flush=True);"
SLEEP = "import time; time.sleep(600)"

Start = Callable[..., ChildProcess]


@pytest.fixture
def start(tmp_path: Path, guard: Guard) -> Iterator[Start]:
    children: list[ChildProcess] = []

    def start(code: str, name: str = "child") -> ChildProcess:
        command = [sys.executable, "-c", code]
        children.append(ChildProcess(name, command, tmp_path / f"{name}.log", guard))
        return children[-1]

    yield start
    for child in children:
        child.kill()


def said(child: ChildProcess, word: str) -> Callable[[], bool]:
    return lambda: word in child.tail()


def wait_for_end(child: ChildProcess) -> None:
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)


def test_stop_asks_first(start: Start) -> None:
    child = start(
        "import signal, sys, time\n"
        "signal.signal(15, lambda *_: (print('good-bye'), sys.exit(0)))\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)"
    )
    child.wait_until(said(child, "ready"), 30)
    child.stop()
    assert child.exit_code() == 0
    assert "good-bye" in child.tail()


def test_stop_kills_who_does_not_listen(start: Start) -> None:
    child = start(STUBBORN + SLEEP)
    child.wait_until(said(child, "ready"), 30)
    child.stop(grace=0.2)
    assert child.exit_code() == -signal.SIGKILL


def test_hurry_does_not_wait_for_the_grace(start: Start) -> None:
    children = [start(STUBBORN + SLEEP, f"child-{number}") for number in range(2)]
    for child in children:
        child.wait_until(said(child, "ready"), 30)
    hurry = threading.Event()
    hurry.set()
    stop_all(children, grace=10_000, hurry=hurry)
    assert [child.exit_code() for child in children] == [-signal.SIGKILL] * 2


def test_what_has_ended_can_be_stopped(start: Start) -> None:
    child = start("")
    wait_for_end(child)
    child.stop()
    child.kill()
    assert child.exit_code() == 0


def test_an_end_while_starting_is_an_error_with_the_log(start: Start) -> None:
    child = start("print('\\033[31mred\\033[0m'); raise SystemExit(3)")
    with pytest.raises(StackError) as caught:
        child.wait_until(lambda: False, 30)
    assert str(caught.value).endswith(
        f"ended with exit code 3; the last lines of {child.log}:\n    red"
    )


def test_an_answer_of_another_does_not_hide_the_end(start: Start) -> None:
    child = start("")
    wait_for_end(child)
    with pytest.raises(StackError, match="exit code 0"):
        child.wait_until(lambda: True, 30)


def test_who_is_never_ready_is_an_error(start: Start) -> None:
    child = start(SLEEP)
    with pytest.raises(StackError, match="not ready within"):
        child.wait_until(lambda: False, timeout=0.1)


def test_halt_ends_the_wait(start: Start) -> None:
    child = start(SLEEP)
    halt = threading.Event()
    halt.set()
    with pytest.raises(Halted):
        child.wait_until(lambda: False, 10_000, halt)


def test_only_the_end_of_a_long_log_is_quoted(start: Start) -> None:
    child = start("[print('line', n) for n in range(10_000)]")
    wait_for_end(child)
    assert child.tail(2) == "    line 9998\n    line 9999"


def test_a_child_is_out_of_reach_of_ctrl_c(start: Start) -> None:
    child = start(SLEEP)
    assert os.getpgid(child.pid) == child.pid
    assert os.getsid(child.pid) == child.pid


PARENT = """
import os, sys
from pathlib import Path
from stream.embedded.guard import Guard
from stream.embedded.process import ChildProcess
guard = Guard()
directory = Path(sys.argv[1])
guard.remove(directory)
code = "import socket, time, signal; signal.signal({number}, signal.SIG_IGN); s = socket.socket(); "
code += "s.bind(('127.0.0.1', {port})); s.listen(); print('ready', flush=True); time.sleep(600)"
for number, port in zip((15, 10), sys.argv[2:]):  # the first ignores SIGTERM
    command = [sys.executable, "-c", code.format(number=number, port=port)]
    child = ChildProcess(port, command, directory / port, guard)
    child.wait_until(lambda: "ready" in child.tail(), 30)
ended = ChildProcess("ended", [sys.executable, "-c", ""], directory / "ended", guard)
while ended.exit_code() is None:
    pass
print(guard.pid, flush=True)
sys.stdin.read()
"""


def test_children_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    ports = [any_free(), any_free()]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, directory, *map(str, ports)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout
        guard_pid = int(parent.stdout.readline())
        assert [is_free(port) for port in ports] == [False, False]
        guard = os.pidfd_open(guard_pid)  # readable when it has ended
        try:
            parent.kill()
            assert select.select([guard], [], [], 60)[0]
        finally:
            os.close(guard)
    assert [is_free(port) for port in ports] == [True, True]
    assert not directory.exists()


def test_the_guard_removes_what_it_was_told_but_not_what_is_to_be_kept(tmp_path: Path) -> None:
    gone, kept = tmp_path / "gone with a space", tmp_path / "kept"
    with Guard() as guard:
        for directory in (gone, kept):
            (directory / "deep").mkdir(parents=True)
            guard.remove(directory)
        guard.keep(kept)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_children_live_on_unprotected_when_the_guard_was_killed(tmp_path: Path) -> None:
    with Guard() as guard:
        os.kill(guard.pid, signal.SIGKILL)
        os.waitid(os.P_PID, guard.pid, os.WEXITED | os.WNOWAIT)
        child = ChildProcess("child", [sys.executable, "-c", SLEEP], tmp_path / "log", guard)
        assert child.exit_code() is None
        child.stop()


def follow(supervised: Supervised, ends: int) -> list[str]:
    """Let the child end so often, and return what was told."""
    told = []
    for _ in range(ends):
        wait_for_end(supervised.child)
        told.append(supervised.check() or "")
        before = supervised.child.pid
        while supervised.child.pid == before:
            told.append(supervised.check() or "")
    return [news for news in told if news]


def test_a_child_that_ends_is_started_again_and_said_so(start: Start) -> None:
    supervised = Supervised(lambda: start("print('oh')"), restarts=2, pause=0.01)
    told = follow(supervised, 2)
    assert "child ended with exit code 0" in told[0]
    assert "    oh" in told[0]
    assert "again in 0.01 s" in told[0]
    assert "child started again" in told[1]
    assert "again in 0.02 s" in told[2]

    wait_for_end(supervised.child)
    with pytest.raises(StackError, match=r"gave up after 2 restarts: child ended(.|\n)*oh"):
        supervised.check()


def test_a_restart_that_lasts_is_forgiven(start: Start) -> None:
    supervised = Supervised(lambda: start(SLEEP), restarts=1, pause=0.01, lasting=0)
    for _ in range(3):
        assert supervised.check() is None
        os.kill(supervised.child.pid, signal.SIGKILL)
        assert "was ended by SIGKILL" in follow(supervised, 1)[0]
