"""The manifests in kubernetes/: as they are written, and as kubectl renders them."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import trustme
import yaml

ROOT = Path(__file__).parent.parent / "kubernetes"

#: The folders that can be applied, inside ``ROOT``.
BASE, EXAMPLE = "base", "overlays/example"

#: All of ours: an overlay that somebody keeps beside the example is their own.
_OURS = (BASE, "components", EXAMPLE)

Manifest = dict[str, Any]

#: An entry that counts as an API key, and stands for one that somebody has.
API_KEY = "page:read:sha256-" + "0" * 64

#: What a user puts into ``secrets/`` of the example.
SECRETS = {
    "weir_signing_key": "a-key-that-only-this-test-has",
    "weir_redis_url": "rediss://weir:secret@redis.redis.svc:6379/0",
    "weir_database_url": "postgresql://weir:secret@postgres.postgres.svc:5432/weir",
    "weir_api_keys": API_KEY,
    "weir_kafka_sasl_username": "weir",
    "weir_kafka_sasl_password": "secret",
    "ca.crt": trustme.CA().cert_pem.bytes().decode(),
}


def read(path: Path) -> list[Manifest]:
    """The documents of a file."""
    return [found for found in yaml.safe_load_all(path.read_text()) if found]


def kustomization(folder: str) -> Manifest:
    """What ``kustomization.yaml`` in a folder says."""
    (found,) = read(ROOT / folder / "kustomization.yaml")
    return found


def files() -> list[Path]:
    """Every file with manifests, but not those that say how to put them together."""
    found = [path for folder in _OURS for path in (ROOT / folder).rglob("*.yaml")]
    return sorted(path for path in found if path.name != "kustomization.yaml")


def folders() -> list[str]:
    """Every folder that kustomize puts together, inside ``ROOT``."""
    found = [path for folder in _OURS for path in (ROOT / folder).rglob("kustomization.yaml")]
    return sorted(str(path.parent.relative_to(ROOT)) for path in found)


def written() -> list[Manifest]:
    """Every manifest as it is written, and the settings of the base as their ConfigMap."""
    generated = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": generator["name"]},
            "data": dict(literal.split("=", 1) for literal in generator["literals"]),
        }
        for generator in kustomization(BASE)["configMapGenerator"]
    ]
    return [*generated, *(found for path in files() for found in read(path))]


def render(folder: Path) -> subprocess.CompletedProcess[str]:
    """Have kubectl put a folder together."""
    return subprocess.run(
        ["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False
    )


def copy_with_secrets(place: Path) -> Path:
    """Copy all of it, as a user does, and make the example's secrets; return where it is."""
    shutil.copytree(ROOT, place, dirs_exist_ok=True)
    for name, value in SECRETS.items():
        (place / EXAMPLE / "secrets" / name).write_text(value)
    return place


def of_kind(manifests: Sequence[Manifest], kind: str) -> dict[str, Manifest]:
    """The manifests of a kind, by name."""
    return {found["metadata"]["name"]: found for found in manifests if found["kind"] == kind}


def pods(manifests: Sequence[Manifest]) -> dict[str, Manifest]:
    """What each Deployment makes pods of, by the Deployment's name."""
    found = of_kind(manifests, "Deployment")
    return {name: each["spec"]["template"] for name, each in found.items()}


def container(pod: Manifest) -> Manifest:
    """The only container of a pod."""
    (found,) = pod["spec"]["containers"]
    assert "initContainers" not in pod["spec"]
    return dict(found)


def settings(manifests: Sequence[Manifest]) -> dict[str, str]:
    """The data of the only ConfigMap."""
    (found,) = of_kind(manifests, "ConfigMap").values()
    return dict(found["data"])


def environment(manifests: Sequence[Manifest], pod: Manifest) -> dict[str, str]:
    """The environment that a pod's container is started with."""
    own = {each["name"]: each["value"] for each in container(pod).get("env", ())}
    return settings(manifests) | own


def secret_files(pod: Manifest) -> dict[str, tuple[str, str]]:
    """The files that a pod is given: by name, of which Secret and key they are."""
    return {
        item["path"]: (source["secret"]["name"], item["key"])
        for volume in pod["spec"]["volumes"]
        for source in volume.get("projected", {}).get("sources", ())
        for item in source["secret"]["items"]
    }


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Tell whether a selector chooses what has these labels."""
    assert set(selector) == {"matchLabels"}, "the tests know of no other selector"
    return bool(selector["matchLabels"].items() <= labels.items())


def values(tree: object) -> Iterator[object]:
    """Everything in a manifest that is no mapping and no list."""
    if isinstance(tree, dict):
        for each in tree.values():
            yield from values(each)
    elif isinstance(tree, list):
        for each in tree:
            yield from values(each)
    else:
        yield tree
