"""The registry: versions of models as anyone may serve them, and the aliases of their roles."""

import tempfile
from importlib.metadata import version as installed
from pathlib import Path

import pandas as pd

import models
from models.errors import BadVersion
from models.origin import Version
from stream.adapters.mlflow_connection import Connection
from stream.adapters.mlflow_library import (
    ColSpec,
    LoggedModelStatus,
    MlflowClient,
    MlflowException,
    Model,
    ModelSignature,
    ModelVersion,
    Schema,
    TensorSpec,
    mlflow,
)
from stream.adapters.mlflow_retraining import run_of_model
from stream.tracking import served_model
from stream.tracking.entries import Registration
from stream.tracking.port import Untrackable

#: The tag by which a version of ours is found among MLflow's, which have numbers.
VERSION = "weir.version"

_CHAMPION, _CHALLENGER = "champion", "challenger"

#: What ``served_model`` and ``models`` need beside MLflow itself, which brings pandas.
_NEEDED = ("river", "numpy", "msgspec", "orjson")

#: Seconds that MLflow may take to make a version ready.
_PATIENCE = 20


def name_of(domain: str) -> str:
    """Return the name of a domain's registered model."""
    return f"weir-{domain}"


def register(connection: Connection, entry: Registration) -> None:
    """Register a version, once, and give it the alias of its role.

    1. The version is looked for by its tag; when it is there only the alias is set.
    2. What a crashed attempt has left is deleted.
    3. The model is uploaded, as code and a signed blob.
    4. The version is made, with its tags, in one call.
    """
    client, name = connection.client, name_of(entry.domain)
    _ensure(client, name, entry)
    found = _find(client, name, entry.version)
    if found is None:
        experiment = connection.experiment(f"weir/{entry.domain}")
        run = None
        if entry.retraining:
            model = str(Version.parse(entry.version).origin)
            run = run_of_model(client, experiment, entry.retraining, model)
        source = _upload(client, experiment, run, entry)
        found = client.create_model_version(
            name,
            f"models:/{source}",
            run,
            tags=_tags(entry),
            description=f"{entry.title}, as it stood after {entry.position} examples.",
            await_creation_for=_PATIENCE,
            model_id=source,
        )
    client.set_registered_model_alias(name, entry.role, found.version)


def align(connection: Connection, domain: str, champion: str, challenger: str | None) -> list[str]:
    """Make the aliases say who has which role; return the versions that are not registered."""
    client, name, missing = connection.client, name_of(domain), []
    try:
        aliases: dict[str, str] = client.get_registered_model(name).aliases
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return [version for version in (champion, challenger) if version]
    for alias, version in ((_CHAMPION, champion), (_CHALLENGER, challenger)):
        if version is None:
            if alias in aliases:
                client.delete_registered_model_alias(name, alias)
            continue
        found = _find(client, name, version)
        if found is None:
            missing.append(version)
        elif aliases.get(alias) != str(found.version):
            client.set_registered_model_alias(name, alias, found.version)
    return missing


def _ensure(client: MlflowClient, name: str, entry: Registration) -> None:
    try:
        client.create_registered_model(
            name,
            {"weir.domain": entry.domain},
            f"The models of the domain {entry.domain}, as Weir serves them. The alias champion is "
            "the one that serves, challenger the one that shadows it.",
        )
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _find(client: MlflowClient, name: str, version: str) -> ModelVersion | None:
    try:
        Version.parse(version)  # goes into a filter
    except BadVersion as error:
        raise Untrackable(str(error)) from error
    found = client.search_model_versions(f"name = '{name}' and tags.`{VERSION}` = '{version}'")
    return found[0] if found else None


def _upload(client: MlflowClient, experiment: str, run: str | None, entry: Registration) -> str:
    """Return the id of the uploaded model."""
    for orphan in client.search_logged_models(
        [experiment], f"tags.`{VERSION}` = '{entry.version}'"
    ):
        client.delete_logged_model(orphan.model_id)
    logged = client.create_logged_model(
        experiment,
        name_of(entry.domain),
        source_run_id=run,
        tags=_tags(entry),
        model_type=entry.recipe,
    )
    with tempfile.TemporaryDirectory() as folder:
        blob, target = Path(folder) / "model.weir", Path(folder) / "model"
        blob.write_bytes(entry.model)
        mlflow.pyfunc.save_model(
            target,
            python_model=served_model.__file__,
            artifacts={served_model.ARTIFACT: str(blob)},
            code_paths=[str(Path(models.__file__).parent)],
            pip_requirements=[f"{package}=={installed(package)}" for package in _NEEDED],
            signature=signature(entry),
            input_example=pd.DataFrame([{name: entry.example[name] for name in entry.features}]),
            mlflow_model=Model(
                artifact_path=logged.artifact_location,
                model_uuid=logged.model_id,
                run_id=run,
                model_id=logged.model_id,
            ),
        )
        client.log_model_artifacts(logged.model_id, str(target))
    client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    return str(logged.model_id)


def signature(entry: Registration) -> ModelSignature:
    """Return what a model takes and gives: doubles by name."""
    takes: list[ColSpec | TensorSpec] = [ColSpec("double", name) for name in entry.features]
    gives: list[ColSpec | TensorSpec] = [ColSpec("double", served_model.SCORE)]
    if entry.objective == "amount":
        takes.append(ColSpec("double", served_model.KNOWN, required=False))
        gives.append(ColSpec("double", served_model.CHANCE))
    return ModelSignature(Schema(takes), Schema(gives))


def _tags(entry: Registration) -> dict[str, str]:
    tags = {
        VERSION: entry.version,
        "weir.domain": entry.domain,
        "weir.recipe": entry.recipe,
        "weir.position": str(entry.position),
        "weir.examples_offset": str(entry.next_offset),
        "weir.river": entry.river,
        "weir.python": entry.python,
        "weir.schema": entry.schema,
    }
    return tags | ({"weir.retraining": entry.retraining} if entry.retraining else {})
