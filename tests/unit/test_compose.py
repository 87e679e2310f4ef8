"""docker-compose.yml: what holds for every service of it."""

import importlib.metadata
import re
from typing import Any

import pytest

from stream.embedded import mlflow_server
from tests.compose import ENV_EXAMPLE, TEXT, services

EACH = pytest.mark.parametrize("service", services().values(), ids=[*services()])


@EACH
def test_its_image_has_a_version(service: dict[str, Any]) -> None:
    name, _, tag = service["image"].partition(":")
    assert name
    assert re.match(r"\d+\.\d+", tag)


def test_what_is_built_has_the_version_of_weir() -> None:
    built = {service["image"] for service in services().values() if "build" in service}
    assert built == {f"weir:{importlib.metadata.version('weir')}"}


def test_mlflow_is_as_quiet_as_the_embedded_one() -> None:
    assert mlflow_server.ENVIRONMENT.items() <= services()["mlflow"]["environment"].items()


@EACH
def test_only_this_machine_reaches_its_ports(service: dict[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


@EACH
def test_it_tells_whether_it_is_well_and_comes_back(service: dict[str, Any]) -> None:
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"


def test_no_secret_has_a_default() -> None:
    wanted = re.findall(r"\$\{(\w+)(.*?)\}", TEXT)
    assert wanted
    assert {rest for _, rest in wanted} == {":?see .env.example"}
    offered = re.findall(r"^(\w+)=(.*)$", ENV_EXAMPLE, re.MULTILINE)
    assert dict(offered) == dict.fromkeys((name for name, _ in wanted), "")
