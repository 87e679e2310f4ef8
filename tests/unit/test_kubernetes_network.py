"""kubernetes/: who reaches whom, and what Prometheus finds."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.manifests import (
    SECRETS,
    Manifest,
    container,
    environment,
    matches,
    of_kind,
    pods,
    secret_files,
)

_ALERTS = Path(__file__).parents[2] / "grafana/prometheus/rules/alerts.yml"

_DNS = {53}
_KAFKA, _REDIS, _POSTGRES, _MLFLOW = {9092, 9093}, {6379}, {5432}, {5000}


def _policies(manifests: list[Manifest], pod: Manifest) -> list[Manifest]:
    labels = pod["metadata"]["labels"]
    return [
        found["spec"]
        for found in of_kind(manifests, "NetworkPolicy").values()
        if matches(found["spec"]["podSelector"], labels)
    ]


def _open(manifests: list[Manifest], pod: Manifest) -> set[int]:
    """The ports, anywhere, that a pod may talk to."""
    return {
        port["port"]
        for policy in _policies(manifests, pod)
        for rule in policy.get("egress", ())
        for port in rule["ports"]
    }


def test_nothing_is_open_that_nobody_has_opened(manifests: list[Manifest]) -> None:
    for pod in pods(manifests).values():
        assert all(
            policy["policyTypes"] == ["Ingress", "Egress"] for policy in _policies(manifests, pod)
        )
        # the one for all, and its own
        assert len(_policies(manifests, pod)) == 2


def test_each_reaches_what_it_needs_and_no_more(manifests: list[Manifest]) -> None:
    assert {name: _open(manifests, pod) for name, pod in pods(manifests).items()} == {
        "weir-worker": _DNS | _KAFKA | _REDIS,
        "weir-api": _DNS | _REDIS | _POSTGRES,
        "weir-trainer": _DNS | _KAFKA | _REDIS | _POSTGRES | _MLFLOW,
    }


def test_the_ports_of_its_services_are_open(manifests: list[Manifest]) -> None:
    for name, pod in pods(manifests).items():
        environ = environment(manifests, pod)
        needed = {SECRETS[file] for file in secret_files(pod) if file.endswith("_url")}
        if name != "weir-api":
            broker = environ["WEIR_BROKER_URL"].removeprefix("kafka://")
            needed |= {f"kafka://{address}" for address in broker.split(",")}
        if name == "weir-trainer":
            needed.add(environ["WEIR_MLFLOW_URL"])
        ports = {urlsplit(url).port for url in needed}
        assert len(ports) > 1
        assert ports <= _open(manifests, pod)


def test_who_may_ask_is_told_by_labels_of_namespaces(manifests: list[Manifest]) -> None:
    for name, pod in pods(manifests).items():
        rules = [rule for policy in _policies(manifests, pod) for rule in policy.get("ingress", ())]
        (rule,) = rules
        allowed = {
            label for peer in rule["from"] for label in peer["namespaceSelector"]["matchLabels"]
        }
        assert allowed == {"weir-monitoring"} | ({"weir-clients"} if name == "weir-api" else set())
        assert [port["port"] for port in rule["ports"]] == [
            port["name"] for port in container(pod)["ports"]
        ]


def test_the_service_leads_to_the_api(manifests: list[Manifest]) -> None:
    (service,) = of_kind(manifests, "Service").values()
    found = [
        name
        for name, pod in pods(manifests).items()
        if service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    ]
    assert found == ["weir-api"]
    (port,) = service["spec"]["ports"]
    assert port["targetPort"] in {
        each["name"] for each in container(pods(manifests)["weir-api"])["ports"]
    }


@pytest.fixture
def monitor(example: list[Manifest]) -> Manifest:
    """What Prometheus is told to scrape."""
    found: Manifest = of_kind(example, "PodMonitor")["weir"]["spec"]
    return found


def test_prometheus_scrapes_all_under_the_names_that_alerts_ask_for(
    example: list[Manifest], monitor: Manifest
) -> None:
    ports = {each["port"] for each in monitor["podMetricsEndpoints"]}
    jobs = {
        pod["metadata"]["labels"][monitor["jobLabel"]]
        for pod in pods(example).values()
        if matches(monitor["selector"], pod["metadata"]["labels"])
        and ports & {port["name"] for port in container(pod)["ports"]}
    }
    wanted = set(re.findall(r'job="(weir-\w+)"', _ALERTS.read_text()))
    assert len(wanted) == 3
    assert jobs == wanted
