"""kubernetes/: what holds for the pods: image, rights, probes, resources, how they end."""

import importlib.metadata
import re
from pathlib import Path

import pytest

from stream import runner
from stream.retraining import child
from tests.manifests import (
    BASE,
    EXAMPLE,
    Manifest,
    container,
    environment,
    kustomization,
    of_kind,
    pods,
    values,
)

_HOUSE = Path(__file__).parents[2]
_PROCESSES = {"weir-worker", "weir-api", "weir-trainer"}

#: Seconds in which a process ends by itself after SIGTERM: more than it takes, less than it gets.
_STOPS = {
    "weir-worker": runner._STOP_SECONDS + runner._LAST_SECONDS,
    "weir-api": 5 + 8,  # preStop, and api/cli.py's timeout_graceful_shutdown
    "weir-trainer": child._GRACE,
}


def _limit(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", text).groups()  # type: ignore[union-attr]  # else it fails here
    return int(number) * {"Mi": 2**20, "Gi": 2**30}[unit]


def test_there_are_the_three_processes(manifests: list[Manifest]) -> None:
    found = pods(manifests)
    assert set(found) == _PROCESSES
    assert {name: container(pod)["command"] for name, pod in found.items()} == {
        "weir-worker": ["stream", "worker"],
        "weir-api": ["api"],
        "weir-trainer": ["stream", "trainer"],
    }


def test_the_image_has_the_version_of_weir() -> None:
    (image,) = kustomization(BASE)["images"]
    assert image == {"name": "weir", "newTag": importlib.metadata.version("weir")}
    # the example says from where, and leaves the version to the base
    assert [set(found) for found in kustomization(EXAMPLE)["images"]] == [{"name", "newName"}]


def test_each_container_is_of_that_image(base: list[Manifest], example: list[Manifest]) -> None:
    tag = importlib.metadata.version("weir")
    assert {container(pod)["image"] for pod in pods(base).values()} == {f"weir:{tag}"}
    assert {container(pod)["image"] for pod in pods(example).values()} == {
        f"registry.example.com/weir:{tag}"
    }


def test_they_run_as_the_user_of_the_image(manifests: list[Manifest]) -> None:
    (uid,) = re.findall(r"useradd --uid (\d+)", (_HOUSE / "Dockerfile").read_text())
    for pod in pods(manifests).values():
        secure = pod["spec"]["securityContext"]
        assert secure["runAsNonRoot"] is True
        assert secure["runAsUser"] == secure["runAsGroup"] == secure["fsGroup"] == int(uid)
        assert secure["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container(pod)["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_they_cannot_ask_the_cluster(manifests: list[Manifest]) -> None:
    for pod in pods(manifests).values():
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod["spec"])


def test_the_api_service_sets_no_setting(manifests: list[Manifest]) -> None:
    # of a Service weir-api, Kubernetes makes WEIR_API_PORT=tcp://..., unless it is told not to
    assert "weir-api" in of_kind(manifests, "Service")
    assert all(pod["spec"]["enableServiceLinks"] is False for pod in pods(manifests).values())


def test_what_they_write_is_on_a_volume(manifests: list[Manifest]) -> None:
    for name, pod in pods(manifests).items():
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        mounts = {each["mountPath"]: each for each in container(pod)["volumeMounts"]}
        assert volumes[mounts["/tmp"]["name"]]["emptyDir"]["sizeLimit"]  # noqa: S108 - the path in the pod
        environ = environment(manifests, pod)
        secrets = mounts[environ["WEIR_SECRETS_DIR"]]
        assert secrets["readOnly"] is True
        assert "subPath" not in secrets, "a file by itself does not change with its Secret"
        if name == "weir-trainer":
            data = volumes[mounts["/var/lib/weir"]["name"]]["persistentVolumeClaim"]
            assert data["claimName"] in of_kind(manifests, "PersistentVolumeClaim")
            for setting in ("WEIR_ARCHIVE_DIR", "WEIR_SPOOL_DIR"):
                assert environ[setting].startswith("/var/lib/weir/")


def test_memory_is_reserved_and_limited(manifests: list[Manifest]) -> None:
    for name, pod in pods(manifests).items():
        resources = container(pod)["resources"]
        assert resources["requests"]["cpu"]
        # what is not reserved may be gone when it is needed
        assert resources["requests"]["memory"] == resources["limits"]["memory"]
        assert _limit(resources["limits"]["memory"]) >= 512 * 2**20
        assert ("cpu" in resources["limits"]) is (name == "weir-trainer")


def test_probes_ask_what_tells_something(manifests: list[Manifest]) -> None:
    asked = {
        name: {
            probe.removesuffix("Probe"): (each["httpGet"]["path"], each["httpGet"]["port"])
            for probe, each in container(pod).items()
            if probe.endswith("Probe")
        }
        for name, pod in pods(manifests).items()
    }
    metrics = ("/metrics", "metrics")
    # a thread of its own answers /metrics, so it says nothing of whether worker and trainer live
    assert asked == {
        "weir-worker": {"startup": metrics, "readiness": metrics},
        "weir-trainer": {"startup": metrics, "readiness": metrics},
        "weir-api": {
            "startup": ("/healthz", "http"),
            "liveness": ("/healthz", "http"),
            "readiness": ("/readyz", "http"),
        },
    }


def test_a_start_may_take_three_minutes(manifests: list[Manifest]) -> None:
    for pod in pods(manifests).values():
        startup = container(pod)["startupProbe"]
        assert startup["periodSeconds"] * startup["failureThreshold"] >= 180


def test_the_api_is_not_killed_for_a_moment_without_cpu(manifests: list[Manifest]) -> None:
    liveness = container(pods(manifests)["weir-api"])["livenessProbe"]
    assert liveness["periodSeconds"] * liveness["failureThreshold"] >= 60
    assert liveness["timeoutSeconds"] >= 5


@pytest.mark.parametrize(
    ("name", "setting", "port"),
    [
        ("weir-worker", "WEIR_METRICS_PORT", "metrics"),
        ("weir-trainer", "WEIR_TRAINER_METRICS_PORT", "metrics"),
        ("weir-api", "WEIR_API_PORT", "http"),
    ],
)
def test_ports_are_those_that_are_listened_on(
    manifests: list[Manifest], name: str, setting: str, port: str
) -> None:
    pod = pods(manifests)[name]
    listened = int(environment(manifests, pod)[setting])
    assert container(pod)["ports"] == [{"name": port, "containerPort": listened}] or container(pod)[
        "ports"
    ] == [{"name": port, "containerPort": listened, "protocol": "TCP"}]


def test_each_has_time_to_end(manifests: list[Manifest]) -> None:
    for name, pod in pods(manifests).items():
        grace = pod["spec"]["terminationGracePeriodSeconds"]
        assert _STOPS[name] + 5 <= grace <= 60


def test_the_api_is_told_to_end_when_nobody_asks_it_any_more(manifests: list[Manifest]) -> None:
    hook = container(pods(manifests)["weir-api"])["lifecycle"]["preStop"]
    assert hook["exec"]["command"] == ["sleep", "5"]


def test_no_roll_out_takes_a_worker_or_an_api_away_first(manifests: list[Manifest]) -> None:
    found = of_kind(manifests, "Deployment")
    for name in ("weir-worker", "weir-api"):
        rolling = found[name]["spec"]["strategy"]["rollingUpdate"]
        assert rolling == {"maxSurge": 1, "maxUnavailable": 0}
    # a rebalance is over before the next one begins
    assert found["weir-worker"]["spec"]["minReadySeconds"] >= 30
    # its volume can be mounted by one
    assert found["weir-trainer"]["spec"]["strategy"] == {"type": "Recreate"}
    assert found["weir-trainer"]["spec"]["replicas"] == 1


def test_nothing_is_of_this_machine(manifests: list[Manifest]) -> None:
    texts = [value for found in manifests for value in values(found) if isinstance(value, str)]
    assert texts
    assert not [text for text in texts if "127.0.0.1" in text or "localhost" in text]
