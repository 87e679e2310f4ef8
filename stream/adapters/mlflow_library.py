"""MLflow, imported the one way in which Weir does: quiet, bounded in time, telling nobody.

The import takes seconds and 200 MB, so that only ``mlflow_tracking`` imports this, when it is used.
The other adapters of MLflow take the library from here, and never by themselves.
"""

import logging
import os
import warnings

# Read while MLflow is imported, before its own way of setting them is there:
# - it would tell its makers which functions are called, and keep an id in the user's home for it;
# - it would take its log records away from our handlers, and write them in a format of its own.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # noqa: TID251 - as said
os.environ.setdefault("MLFLOW_CONFIGURE_LOGGING", "false")  # noqa: TID251 - likewise

# it warns of itself: of a type hint in its own classes, and of its own use of SQLAlchemy
warnings.filterwarnings("ignore", ".*Any type hint is inferred as AnyType", UserWarning)
warnings.filterwarnings("ignore", "The ``noload`` loader strategy", DeprecationWarning)

import mlflow.pyfunc
from mlflow import MlflowClient, environment_variables
from mlflow.entities import Experiment, LoggedModelStatus, Metric, Param, Run, RunTag
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, Schema, TensorSpec

__all__ = [
    "ColSpec",
    "Experiment",
    "LoggedModelStatus",
    "Metric",
    "MlflowClient",
    "MlflowException",
    "Model",
    "ModelSignature",
    "ModelVersion",
    "Param",
    "Run",
    "RunTag",
    "Schema",
    "TensorSpec",
    "mlflow",
]

#: Ours where the operator has set none. MLflow's own would wait for four minutes for a server that
#: is away; the spool waits better.
_SETTINGS = (
    (environment_variables.MLFLOW_HTTP_REQUEST_TIMEOUT, 20),  # seconds
    (environment_variables.MLFLOW_HTTP_REQUEST_MAX_RETRIES, 1),
    (environment_variables.MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR, 1),  # seconds
    # the files of a model would draw bars into the log
    (environment_variables.MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR, False),
    (environment_variables.MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT, True),
    # the uv.lock that lies in the working directory is not what a model needs
    (environment_variables.MLFLOW_UV_AUTO_DETECT, False),
)

# it warns at every model that there is no pip here, whose version nobody needs
logging.getLogger("mlflow.utils.environment").setLevel(logging.ERROR)

for variable, value in _SETTINGS:
    if not variable.is_set():  # type: ignore[no-untyped-call]  # MLflow's own way, without types
        variable.set(value)  # type: ignore[no-untyped-call]  # likewise
