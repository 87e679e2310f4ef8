"""The command, up to where it would listen."""

import socket

import pytest
from click.testing import CliRunner

from api.cli import main


def test_help_teaches() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for word in ("WEIR_REDIS_URL", "WEIR_API_KEYS", "curl", "/docs", "Exit codes"):
        assert word in result.output


def test_it_does_not_listen_to_the_world_without_keys() -> None:
    result = CliRunner().invoke(main, ["--host", "0.0.0.0"])  # noqa: S104 - refused
    assert result.exit_code == 1
    assert "WEIR_API_KEYS" in result.output


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIR_REDIS_URL", "http://somewhere")
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 1
    assert "WEIR_REDIS_URL" in result.output
    assert "redis://" in result.output


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["--port", str(port)])
    assert result.exit_code == 1
    assert f"port {port}" in result.output
    assert "--port" in result.output


def test_a_port_out_of_range_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["--port", "70000"]).exit_code == 2
