"""kubernetes/: every manifest is valid by the published schemas."""

import copy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError

from tests.manifest_schemas import VERSIONS, check
from tests.manifests import ROOT, Manifest, files, of_kind, read

EACH_VERSION = pytest.mark.parametrize("version", VERSIONS)


@EACH_VERSION
@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_by_itself_is_valid(path: Path, version: str) -> None:
    found = read(path)
    assert found
    for manifest in found:
        check(manifest, version)


def test_what_is_applied_is_valid(manifests: list[Manifest]) -> None:
    for manifest in manifests:
        check(manifest, VERSIONS[-1])


def test_nothing_is_there_twice(manifests: list[Manifest]) -> None:
    names = [(found["kind"], found["metadata"]["name"]) for found in manifests]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("kind", "name", "way", "value"),
    [
        ("Deployment", "weir-worker", ["spec", "minReadySecond"], 60),
        ("Deployment", "weir-api", ["metadata", "label"], {}),
        ("PodDisruptionBudget", "weir-api", ["spec", "maxUnavailable"], [1]),
        ("ScaledObject", "weir-worker", ["spec", "maxReplicas"], 4),
        ("ScaledObject", "weir-worker", ["spec", "maxReplicaCount"], "4"),
        ("ScaledObject", "weir-worker", ["metadata", "label"], {}),
        ("TriggerAuthentication", "weir-kafka", ["spec", "secretTargetRefs"], []),
        ("PodMonitor", "weir", ["spec", "podMetricsEndpoint"], []),
    ],
)
def test_what_is_not_valid_is_refused(kind: str, name: str, way: list[str], value: object) -> None:
    found = [manifest for path in files() for manifest in read(path)]
    changed: Any = copy.deepcopy(of_kind(found, kind)[name])
    place = changed
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    with pytest.raises(ValidationError):
        check(changed, VERSIONS[-1])
