"""docker-compose.yml: what holds for its services, and which secrets it lets through."""

import importlib.metadata
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.api_keys import parse_entries
from stream.embedded import mlflow_server
from stream.settings import BadSettings, Settings, load
from tests.apache_kafka import VERSION
from tests.compose import ROOT, TEXT, env_file, names, services

SERVICES = services()
EACH = pytest.mark.parametrize("service", SERVICES.values(), ids=[*SERVICES])
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("weir:")]
#: They do one thing, and end.
ENDING = {"topics", "demo"}
STAYING = [name for name in SERVICES if name not in ENDING]


def test_all_that_a_team_runs_is_there() -> None:
    assert set(STAYING) == {
        *("kafka", "redis", "postgres", "mlflow", "worker", "trainer", "api"),
        *("prometheus", "alertmanager", "grafana"),
    }


@EACH
def test_its_image_has_a_version(service: dict[str, Any]) -> None:
    name, _, tag = service["image"].partition(":")
    assert name
    assert re.match(r"v?\d+\.\d+", tag)


def test_what_is_built_has_the_version_of_weir() -> None:
    built = {service["image"] for service in SERVICES.values() if "build" in service}
    assert built == {f"weir:{importlib.metadata.version('weir')}"}


def test_the_image_says_which_version_it_is() -> None:
    label = f'image.version="{importlib.metadata.version("weir")}"'
    assert label in (ROOT / "Dockerfile").read_text()


def test_kafka_is_the_one_that_is_tested() -> None:
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{VERSION}"
    pom = (ROOT / "tests" / "kafka" / "pom.xml").read_text()
    assert f"<kafka.version>{VERSION}<" in pom


def test_mlflow_is_as_quiet_as_the_embedded_one() -> None:
    assert mlflow_server.ENVIRONMENT.items() <= SERVICES["mlflow"]["environment"].items()


@EACH
def test_only_this_machine_reaches_its_ports(service: dict[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


@EACH
def test_its_memory_has_a_limit_and_its_log_too(service: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["logging"]["options"]["max-size"]


@EACH
def test_what_it_keeps_is_on_a_named_volume(service: dict[str, Any]) -> None:
    named = yaml.safe_load(TEXT)["volumes"]
    for volume in service.get("volumes", ()):
        source, _, rest = volume.partition(":")
        # a file of the project is read and no more
        assert source in named or (source.startswith("./") and rest.endswith(":ro"))
        assert source in named or (ROOT / source).exists()


@pytest.mark.parametrize("name", STAYING)
def test_it_tells_whether_it_is_well_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", OURS)
def test_ours_write_nowhere_else_and_may_do_nothing_else(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108  # in the container


def test_all_wait_for_what_they_need() -> None:
    for name in ("worker", "trainer", "api"):
        waits = SERVICES[name]["depends_on"]
        assert waits["topics"]["condition"] == "service_completed_successfully"
        assert waits["redis"]["condition"] == "service_healthy"
    assert SERVICES["topics"]["depends_on"]["kafka"]["condition"] == "service_healthy"


def test_workers_can_be_scaled() -> None:
    # a port of the machine, or a name, can only be one container's
    assert not {"ports", "container_name"} & SERVICES["worker"].keys()


@pytest.mark.parametrize("name", OURS)
def test_its_settings_are_settings(name: str) -> None:
    given = [key for key in SERVICES[name].get("environment", {}) if key.startswith("WEIR_")]
    assert {key.removeprefix("WEIR_").lower() for key in given} <= Settings.model_fields.keys()


def test_prometheus_looks_where_the_services_are() -> None:
    config = yaml.safe_load((ROOT / "grafana" / "prometheus" / "prometheus.yml").read_text())
    (alerting,) = config["alerting"]["alertmanagers"][0]["dns_sd_configs"]
    asked = [one for job in config["scrape_configs"] for one in job.get("dns_sd_configs", ())]
    for place in [*asked, alerting]:
        assert set(place["names"]) <= SERVICES.keys()


def test_alertmanager_takes_its_configuration() -> None:
    if shutil.which("amtool") is None:
        pytest.skip("no amtool: apt-get install prometheus-alertmanager")
    path = ROOT / "grafana" / "alertmanager" / "alertmanager.yml"
    subprocess.run(["amtool", "check-config", str(path)], check=True, capture_output=True)


# --- secrets


def settings(name: str, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings that a service would read."""
    with monkeypatch.context() as patch:
        for key, value in services(env)[name]["environment"].items():
            patch.setenv(key, str(value))
        return load()


def test_a_secret_must_be_given() -> None:
    secret = re.compile("KEY|PASSWORD")
    assert {name for name, default in names().items() if default == "?"} == {
        name for name in names() if secret.search(name)
    }


def test_what_must_be_given_is_in_the_example() -> None:
    wanted = {name for name, default in names().items() if default == "?"}
    assert env_file(ROOT / ".env.example") == dict.fromkeys(wanted, "")


def test_the_demo_has_all_secrets_and_they_are_good_for_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    demo = env_file(ROOT / "demo.env")
    assert {name for name, default in names().items() if default == "?"} <= demo.keys()
    assert demo["COMPOSE_PROFILES"] == "demo"
    for name in set(OURS) - {"mlflow"}:
        assert settings(name, demo, monkeypatch).demo
        with pytest.raises(BadSettings, match="make secrets"):
            settings(name, demo | {"WEIR_DEMO": "false"}, monkeypatch)


@pytest.mark.parametrize("name", [name for name, default in names().items() if default == "?"])
def test_each_secret_of_the_demo_is_refused_by_itself(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in {"WEIR_GRAFANA_PASSWORD", "WEIR_MLFLOW_DB_PASSWORD"}:
        pytest.skip("Weir never sees it")
    own = {key: "ab" * 24 for key, default in names().items() if default == "?"}
    own["WEIR_API_KEYS"] = f"me:admin:sha256-{'0' * 64}"
    service = "worker" if name == "WEIR_KAFKA_PASSWORD" else "api"
    assert settings(service, own, monkeypatch)
    known = env_file(ROOT / "demo.env")[name]
    # whoever takes the key over may call it otherwise
    known = known.replace("demo-only-admin:", "ours:")
    with pytest.raises(BadSettings, match="from demo"):
        settings(service, own | {name: known}, monkeypatch)


def test_each_has_only_the_secrets_that_it_needs() -> None:
    has_kafka = {name for name in OURS if "WEIR_BROKER_URL" in SERVICES[name]["environment"]}
    assert has_kafka == {"topics", "worker", "trainer", "demo"}
    has_database = {name for name in OURS if "WEIR_DATABASE_URL" in SERVICES[name]["environment"]}
    assert has_database == {"trainer", "api"}


def test_make_secrets_makes_all_of_them_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = shutil.copytree(ROOT / "compose", tmp_path / "compose") / "make_secrets.py"
    made = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    path = tmp_path / ".env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = env_file(path)
    assert found.keys() == {name for name, default in names().items() if default == "?"}
    assert settings("api", found, monkeypatch).api_keys
    (key,) = re.findall(r"weir_\S+", made.stdout)
    (entry,) = parse_entries(found["WEIR_API_KEYS"])
    assert entry.allows("admin")
    assert key not in path.read_text()

    again = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert env_file(path) == found
