"""kubernetes/: how many there are, who says so, and how many may be missing."""

import pytest

from stream import topics
from tests.manifests import (
    BASE,
    EXAMPLE,
    Manifest,
    kustomization,
    matches,
    of_kind,
    pods,
    settings,
    written,
)

#: What KEDA's documentation of the kafka trigger has; its schema takes any text for a name.
_KAFKA_TRIGGER = {
    "bootstrapServers",
    "version",
    "consumerGroup",
    "topic",
    "lagThreshold",
    "activationLagThreshold",
    "allowIdleConsumers",
    "offsetResetPolicy",
    "sasl",
    "tls",
}


@pytest.fixture(params=["written", "example"])
def scaled(request: pytest.FixtureRequest) -> tuple[Manifest, dict[str, str]]:
    """The ScaledObject of the workers, and the settings that it must agree with."""
    found: list[Manifest] = (
        written() if request.param == "written" else request.getfixturevalue("example")
    )
    return of_kind(found, "ScaledObject")["weir-worker"]["spec"], settings(found)


def test_there_are_never_more_workers_than_partitions(
    scaled: tuple[Manifest, dict[str, str]],
) -> None:
    spec, environ = scaled
    assert spec["maxReplicaCount"] == int(environ["WEIR_PARTITIONS"])
    # two, so that one is there while the other is exchanged
    assert spec["minReplicaCount"] == 2
    assert spec["scaleTargetRef"] == {"name": "weir-worker"}


def test_the_autoscaler_looks_at_the_lag_of_every_domain(
    scaled: tuple[Manifest, dict[str, str]],
) -> None:
    spec, environ = scaled
    kafka = [each for each in spec["triggers"] if each["type"] == "kafka"]
    assert [each["metadata"]["topic"] for each in kafka] == [
        topics.events(name) for name in environ["WEIR_DOMAINS"].split(",")
    ]
    for each in kafka:
        trigger = each["metadata"]
        assert set(trigger) <= _KAFKA_TRIGGER
        assert f"kafka://{trigger['bootstrapServers']}" == environ["WEIR_BROKER_URL"]
        assert trigger["consumerGroup"] == environ["WEIR_GROUP"]
        assert trigger["allowIdleConsumers"] == "false"
        assert each["authenticationRef"] == {"name": "weir-kafka"}


def test_the_example_is_not_the_base() -> None:
    # else it would prove nothing that the autoscaler follows the settings
    own, based = (
        dict(
            literal.split("=", 1)
            for generator in kustomization(folder)["configMapGenerator"]
            for literal in generator["literals"]
        )
        for folder in (EXAMPLE, BASE)
    )
    assert own["WEIR_PARTITIONS"] != based["WEIR_PARTITIONS"]
    assert own["WEIR_BROKER_URL"] != based["WEIR_BROKER_URL"]


def test_workers_that_are_busy_without_lag_stay(scaled: tuple[Manifest, dict[str, str]]) -> None:
    spec, _ = scaled
    (load,) = (each for each in spec["triggers"] if each["type"] == "cpu")
    assert load["metricType"] == "Utilization"
    assert 50 <= int(load["metadata"]["value"]) <= 90


def test_each_scaling_is_thought_over(scaled: tuple[Manifest, dict[str, str]]) -> None:
    spec, _ = scaled
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    up, down = behavior["scaleUp"], behavior["scaleDown"]
    assert up["stabilizationWindowSeconds"] >= 60
    assert down["stabilizationWindowSeconds"] >= 1800
    for direction in (up, down):
        (policy,) = direction["policies"]
        # twice a rebalance at the least
        assert policy["periodSeconds"] >= 60


def test_an_autoscaler_and_an_apply_do_not_quarrel(manifests: list[Manifest]) -> None:
    scaled = {
        found["spec"]["scaleTargetRef"]["name"]
        for kind in ("HorizontalPodAutoscaler", "ScaledObject")
        for found in of_kind(manifests, kind).values()
    }
    assert "weir-api" in scaled
    for name in scaled | {"weir-worker"}:
        assert "replicas" not in of_kind(manifests, "Deployment")[name]["spec"]


def test_there_are_two_apis_at_the_least(manifests: list[Manifest]) -> None:
    spec = of_kind(manifests, "HorizontalPodAutoscaler")["weir-api"]["spec"]
    assert spec["minReplicas"] == 2
    assert spec["maxReplicas"] > 2
    (metric,) = spec["metrics"]
    assert metric["resource"]["name"] == "cpu"


def test_a_drained_node_takes_one_at_a_time(manifests: list[Manifest]) -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in pods(manifests).items()}
    guarded = {
        name: [pod for pod in labels if matches(found["spec"]["selector"], labels[pod])]
        for name, found in of_kind(manifests, "PodDisruptionBudget").items()
    }
    # the trainer's would only keep its node from being drained
    assert guarded == {"weir-worker": ["weir-worker"], "weir-api": ["weir-api"]}
    for found in of_kind(manifests, "PodDisruptionBudget").values():
        assert found["spec"]["maxUnavailable"] == 1
        assert found["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_a_deployment_chooses_its_own_pods(manifests: list[Manifest]) -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in pods(manifests).items()}
    for name, found in of_kind(manifests, "Deployment").items():
        assert [pod for pod in labels if matches(found["spec"]["selector"], labels[pod])] == [name]
        for spread in found["spec"]["template"]["spec"].get("topologySpreadConstraints", ()):
            assert matches(spread["labelSelector"], labels[name])


def test_those_that_are_many_are_spread(manifests: list[Manifest]) -> None:
    for name in ("weir-worker", "weir-api"):
        spreads = pods(manifests)[name]["spec"]["topologySpreadConstraints"]
        assert "kubernetes.io/hostname" in {each["topologyKey"] for each in spreads}
        # a full cluster shall run it all the same
        assert {each["whenUnsatisfiable"] for each in spreads} == {"ScheduleAnyway"}
