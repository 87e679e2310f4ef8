"""Checks manifests against the schemas that Kubernetes, KEDA and the Prometheus operator publish.

Strictly: a field that a schema does not name is refused, as `kubectl apply` refuses it.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
from jsonschema import Draft202012Validator

from tests.manifests import Manifest

#: The oldest and the newest Kubernetes that the manifests are checked for.
VERSIONS = ("1.29", "1.37")

_FOLDER = Path(__file__).parent / "kubernetes_schemas"


def check(manifest: Manifest, version: str) -> None:
    """Check a manifest for a version of Kubernetes.

    Raises:
        jsonschema.ValidationError: it is not valid.
        FileNotFoundError: there is no schema of its kind.
    """
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        _custom(manifest["kind"], manifest["apiVersion"]).validate(manifest)
        metadata = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": manifest["metadata"]}
        kubernetes_validate.validate(metadata, version, strict=True)


@cache
def _custom(kind: str, api_version: str) -> Draft202012Validator:
    group, _, version = api_version.partition("/")
    name = f"{kind.lower()}-{group.partition('.')[0]}-{version}.json"
    schema = json.loads((_FOLDER / name).read_text())
    schema["properties"]["metadata"] = {"type": "object"}  # is checked by itself
    return Draft202012Validator(_strict(schema))


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _strict(each) for name, each in schema.items()}
    # "properties" is also what a property may be called
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found
