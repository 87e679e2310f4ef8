"""``stream local``: starts all, says where it is, mends, stops all; also when things go wrong."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import httpx
import pytest
import redis

from models.checkpoint import DEVELOPMENT_KEY
from stream.adapters import ping
from stream.embedded.broker import EmbeddedBroker
from stream.embedded.guard import Guard
from stream.embedded.ports import any_free, is_free
from stream.embedded.process import Halted, StackError
from stream.embedded.stack import LocalStack, Ports
from stream.topics import of_domain

ANY = Ports(0, 0, 0, 0)
STREAM = [sys.executable, "-m", "stream", "local"]
ANY_PORTS = [f"--{name}-port=0" for name in ("broker", "redis", "api", "metrics")]

# In the place of a worker or an API: answers on its port, and says what it was started with.
STAND_IN = """
import http.server, os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: (print("stopped in order"), sys.exit(0)))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
port = int(os.environ[sys.argv[1]])
print("started with", sorted(k for k in os.environ if k.startswith("WEIR_")), flush=True)
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
WORKER = [sys.executable, "-c", STAND_IN, "WEIR_METRICS_PORT"]
API = [sys.executable, "-c", STAND_IN, "WEIR_API_PORT"]

# The command, but with worker and API given as arguments.
COMMAND = """
import sys
import click
from stream import local
from stream.embedded.stack import LocalStack, Ports
if __name__ == "__main__":
    worker = [sys.executable, "-c", *sys.argv[1:]]
    stack = LocalStack(
        api=False, ports=Ports(0, 0, 0, 0), worker_command=worker, restarts=1, tell=click.echo
    )
    click.command()(lambda: local.run(stack))([])
"""


def stack_of_stand_ins(**options: object) -> LocalStack:
    # without the trainer: its usual port, and MLflow's, may be taken by another test's
    usual = {"worker_command": WORKER, "api_command": API, "trainer": False, "ports": ANY}
    return LocalStack(**(usual | options))  # type: ignore[arg-type]  # any of its options


Launch = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    started: list[subprocess.Popen[str]] = []

    def launch(*command: str) -> subprocess.Popen[str]:
        (tmp_path / "tmp").mkdir()
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        )
        started.append(process)
        return process

    yield launch
    for process in started:
        with process:
            process.kill()


def read_until(stream: IO[str] | None, word: str) -> list[str]:
    """The lines up to that with `word`."""
    assert stream
    lines = []
    for line in stream:
        lines.append(line.rstrip())
        if word in line:
            return lines
    pytest.fail(f"no {word!r} in:\n" + "\n".join(lines))


def place(lines: list[str], what: str) -> str:
    return next(line.split()[-1] for line in lines if line.split()[:1] == [what])


def port_of(url: str) -> int:
    return int(url.partition("://")[2].partition("/")[0].rpartition(":")[2])


def test_all_parts_run_and_know_of_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEIR_DATABASE_URL")  # then the record is one of the run's own files
    with stack_of_stand_ins(workers=2) as stack:
        stack.check()
        assert ping.broker(stack.settings.kafka).topics == {
            topic.name: topic.partitions
            for domain in stack.settings.domains
            for topic in of_domain(domain, stack.settings.partitions)
        }
        assert ping.redis(stack.redis_url).eviction == "noeviction"
        assert httpx.get(stack.api_url + "/healthz").status_code == 200
        assert len(set(stack.metrics_ports)) == 2

        env = stack.env()
        assert env["WEIR_BROKER_URL"] == stack.broker_url == stack.settings.broker_url
        assert env["WEIR_REDIS_URL"] == stack.redis_url == stack.settings.redis_url
        assert env["WEIR_SIGNING_KEY"] != DEVELOPMENT_KEY
        assert env["WEIR_DATABASE_URL"] == f"sqlite:///{stack.directory}/weir.db"
        assert stack.directory.is_absolute()
        assert stack.settings.session_timeout == 6
        log = (stack.directory / "worker-2.log").read_text()
        assert all(name in log for name in env)
        assert stack.env_file.stat().st_mode & 0o077 == 0
        shell = f"set -a; . {stack.env_file}; exec env"
        printed = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)
        assert {f"{name}={value}" for name, value in env.items()} <= set(printed.stdout.split("\n"))

        other = stack.spawn("other", [sys.executable, "-c", STAND_IN, "WEIR_API_PORT"])
        ports = [port_of(url) for url in (stack.broker_url, stack.redis_url, stack.api_url)]
        ports += stack.metrics_ports
        assert not any(is_free(port) for port in ports)
    assert other.exit_code() is not None
    assert all(is_free(port) for port in ports)
    assert not stack.directory.exists()


def test_what_the_environment_sets_is_kept_but_not_the_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEIR_BROKER_URL", "kafka://production:9092")
    monkeypatch.setenv("WEIR_SIGNING_KEY", "a key of somebody's own")
    monkeypatch.setenv("WEIR_REBALANCE_TIMEOUT", "9")
    monkeypatch.setenv("WEIR_PARTITIONS", "2")
    monkeypatch.setenv("WEIR_DATABASE_URL", "postgresql://weir@production/weir")
    with stack_of_stand_ins(workers=0, api=False, values={"group": "mine"}) as stack:
        assert stack.settings.broker_url == stack.broker_url
        assert "production" not in stack.broker_url
        assert stack.settings.signing_key.get_secret_value() == "a key of somebody's own"
        assert (stack.settings.rebalance_timeout, stack.settings.session_timeout) == (9, 6)
        assert (stack.settings.partitions, stack.settings.group) == (2, "mine")
        assert stack.settings.database_url == "postgresql://weir@production/weir"


def test_each_run_is_fresh_and_a_data_directory_keeps_what_was(tmp_path: Path) -> None:
    data_dir = tmp_path / "not" / "there yet"
    for _ in range(2):
        with (
            stack_of_stand_ins(workers=0, api=False, data_dir=data_dir) as stack,
            redis.Redis.from_url(stack.redis_url) as client,
        ):
            assert client.dbsize() == 0
            client.set("weir", "was here")
    runs = list(data_dir.iterdir())
    assert len(runs) == 2
    assert all((run / "broker.log").exists() for run in runs)


def test_a_usual_port_that_is_taken_is_replaced_and_said_so() -> None:
    told: list[str] = []
    with stack_of_stand_ins(workers=0) as first:
        taken = first.settings.api_port
        with stack_of_stand_ins(
            workers=0,
            ports=Ports(0, 0, None, 0),
            values={"api_port": str(taken)},
            tell=told.append,
        ) as second:
            assert told == [f"port {taken} is taken: the API will be on {second.settings.api_port}"]
            assert second.settings.api_port != taken


def test_a_trainers_port_that_is_set_is_taken_whoever_has_the_usual_one() -> None:
    told: list[str] = []
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # or somebody else has it already
            held.enter_context(socket.create_server(("127.0.0.1", 9099)))
        port = any_free()
        with stack_of_stand_ins(
            workers=0,
            api=False,
            trainer=True,
            mlflow=False,
            values={"trainer_metrics_port": str(port)},
            tell=told.append,
        ) as stack:
            assert stack.settings.trainer_metrics_port == port
    assert told == []


def test_who_asks_for_any_ports_gets_others_than_the_usual_ones_for_all() -> None:
    told: list[str] = []
    with stack_of_stand_ins(
        workers=0, api=False, trainer=True, ports=ANY, tell=told.append
    ) as stack:
        assert stack.settings.trainer_metrics_port != 9099
        assert not stack.mlflow_url.endswith(":5000")
    assert told == []


def test_another_broker_may_take_the_place_of_the_embedded_one() -> None:
    made: list[EmbeddedBroker] = []

    def broker(directory: Path, port: int, guard: Guard) -> EmbeddedBroker:
        made.append(EmbeddedBroker(directory, port, guard))
        return made[0]

    with stack_of_stand_ins(workers=0, api=False, broker=broker) as stack:
        assert stack.broker_url == made[0].url
        assert stack.settings.broker_url == made[0].url
    assert is_free(made[0].port)


def test_a_port_that_was_asked_for_and_is_taken_is_an_error() -> None:
    with (
        stack_of_stand_ins(workers=0, api=False) as first,
        pytest.raises(StackError, match=r"port \d+ for Redis is taken"),
        stack_of_stand_ins(ports=Ports(0, port_of(first.redis_url), 0, 0)),
    ):
        pytest.fail("it started")


def test_a_part_that_does_not_start_stops_the_others_and_keeps_the_logs(tmp_path: Path) -> None:
    broken = [sys.executable, "-c", "raise SystemExit('no such domain')"]
    stack = stack_of_stand_ins(api_command=broken, data_dir=tmp_path)
    with pytest.raises(StackError, match=r"api ended with exit code 1(.|\n)*no such domain"):
        stack.start()
    assert is_free(port_of(stack.broker_url))
    assert is_free(stack.metrics_ports[0])
    assert "stopped in order" in (stack.directory / "worker-1.log").read_text()


def test_a_wish_to_stop_is_heard_while_starting() -> None:
    stack = stack_of_stand_ins(worker_command=[sys.executable, "-c", "input()"])
    stack.halt.set()
    with pytest.raises(Halted):
        stack.start()
    assert not stack.directory.exists()


@pytest.mark.parametrize("part", ["broker", "redis"])
def test_the_loss_of_broker_or_redis_ends_the_stack(part: str, tmp_path: Path) -> None:
    with stack_of_stand_ins(workers=0, api=False, data_dir=tmp_path) as stack:
        server = stack._broker if part == "broker" else stack._redis
        assert server
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(StackError, match=f"{part} was ended by SIGKILL"):
            stack.wait()


def test_a_worker_that_was_killed_is_started_again_on_its_port() -> None:
    told: list[str] = []
    with stack_of_stand_ins(api=False, tell=told.append) as stack:
        os.kill(stack.workers[0].child.pid, signal.SIGKILL)
        while not any("started again" in news for news in told):
            stack.check()
        stack.workers[0].child.wait_until(lambda: not is_free(stack.metrics_ports[0]), 30)
    assert "worker-1 was ended by SIGKILL" in told[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_command_in_order_with_exit_code_0(
    launch: Launch, tmp_path: Path, number: signal.Signals
) -> None:
    process = launch(*STREAM, "--workers=0", "--no-api", *ANY_PORTS)
    lines = read_until(process.stdout, "replay send")
    ports = [port_of(place(lines, what)) for what in ("Broker", "Redis")]
    assert not any(is_free(port) for port in ports)

    process.send_signal(number)

    assert process.stdout
    assert process.stdout.read().split("\n")[-2] == "Stopped."
    assert process.wait() == 0
    assert all(is_free(port) for port in ports)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_ctrl_c_while_starting_is_clean(launch: Launch, tmp_path: Path) -> None:
    process = launch(sys.executable, "-c", COMMAND, "import time; time.sleep(600)")
    read_until(process.stdout, "Starting")
    process.send_signal(signal.SIGINT)
    assert process.communicate()[0] == "Stopped.\n"
    assert process.returncode == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_second_ctrl_c_does_not_wait_for_a_worker_that_will_not_stop(launch: Launch) -> None:
    stubborn = "import signal; signal.signal(15, lambda *_: print('no', flush=True));" + STAND_IN
    stubborn = stubborn.replace("signal.signal(signal.SIGTERM", "(lambda *_: None)(signal.SIGTERM")
    process = launch(sys.executable, "-c", COMMAND, stubborn, "WEIR_METRICS_PORT")
    read_until(process.stdout, "replay send")
    process.send_signal(signal.SIGINT)
    read_until(process.stdout, "again Ctrl-C")
    process.send_signal(signal.SIGINT)
    # SIGKILL would come after 20 s by itself: this says that it is over, not how soon
    assert process.communicate()[0].endswith("Stopped.\n")
    assert process.returncode == 0


def test_a_worker_that_keeps_ending_ends_the_command_with_its_log_and_exit_code_1(
    launch: Launch, tmp_path: Path
) -> None:
    ends = "print('oh no', flush=True); os._exit(3)"
    ends_when_asked = STAND_IN.replace("self.send_response(200)", ends)
    process = launch(sys.executable, "-c", COMMAND, ends_when_asked, "WEIR_METRICS_PORT")
    url = place(read_until(process.stdout, "replay send"), "Metrics")

    while process.poll() is None:
        with pytest.raises(httpx.TransportError):
            httpx.get(url)
        time.sleep(0.05)

    assert process.stdout
    rest = process.stdout.read()
    assert "Error: gave up after 1 restarts: worker-1 ended with exit code 3" in rest
    assert "oh no" in rest
    assert process.returncode == 1
    kept = list((tmp_path / "tmp").iterdir())
    assert [(path / "worker-1.log").exists() for path in kept] == [True]


def test_nothing_is_left_when_the_command_was_killed(launch: Launch, tmp_path: Path) -> None:
    process = launch(sys.executable, "-c", COMMAND, STAND_IN, "WEIR_METRICS_PORT")
    lines = read_until(process.stdout, "replay send")
    ports = [port_of(place(lines, what)) for what in ("Broker", "Redis", "Metrics")]
    assert not any(is_free(port) for port in ports)

    process.kill()

    while not all(is_free(port) for port in ports) or any((tmp_path / "tmp").iterdir()):
        time.sleep(0.05)  # the guard does it; the test's own timeout is the judge


def test_a_port_that_cannot_be_had_is_one_line_and_exit_code_1() -> None:
    with stack_of_stand_ins(workers=0, api=False) as stack:
        taken = port_of(stack.broker_url)
        arguments = ["--workers=0", "--no-api", *ANY_PORTS, f"--redis-port={taken}"]
        ended = subprocess.run([*STREAM, *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Error: port {taken} for ")
    assert ended.stderr.count("\n") == 1


def test_a_setting_that_is_wrong_is_one_line_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEIR_PARTITIONS", "none")
    ended = subprocess.run(
        [*STREAM, *ANY_PORTS], capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: WEIR_PARTITIONS: ")


def test_the_real_worker_and_the_real_api(launch: Launch) -> None:
    process = launch(*STREAM, "--workers=2", *ANY_PORTS)
    lines = read_until(process.stdout, "replay send")
    assert httpx.get(place(lines, "API") + "/healthz").status_code == 200
    assert "weir_" in httpx.get(place(lines, "Metrics")).text
    process.send_signal(signal.SIGINT)
    assert process.communicate()[0].endswith("Stopped.\n")
    assert process.returncode == 0


def test_a_stack_that_was_not_started_says_so() -> None:
    stack = LocalStack()
    with pytest.raises(StackError, match="has not been started"):
        _ = stack.broker_url
    stack.stop()
    assert any_free() > 0
