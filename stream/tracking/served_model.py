"""A registered model as MLflow serves it, anywhere: this file, ``models/``, and a signed blob.

It is logged as code ("models from code"), and run by MLflow where the model is loaded, outside of
Weir: it must import nothing of ``stream``, and reads the one setting it needs from the environment
itself. The blob is unpickled only when its signature is right: who can write to the artifact store
cannot make Weir's users run code, as far as their loading goes through this file.
"""

import os
import pickle
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from models.checkpoint import ANY_DOMAIN, DEVELOPMENT_KEY, MODEL, verify
from models.errors import BadCheckpoint
from models.predictors import Predictors

#: The blob among the model's artifacts, and the setting with the key of its signature.
ARTIFACT, KEY = "model", "WEIR_SIGNING_KEY"

#: The column of what of an amount is known, and those of the answer.
KNOWN, SCORE, CHANCE = "known", "score", "chance_above_zero"


class ServedModel(PythonModel):
    """Scores one user a row, from the domain's features as doubles.

    Where an amount is predicted the score is ``known`` (0 unless it is a column) and what is still
    expected, as the API's is.
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Read the models.

        Raises:
            BadCheckpoint: the blob was signed with another key, or changed since.
        """
        with open(context.artifacts[ARTIFACT], "rb") as file:  # noqa: PTH123 - little is needed here
            blob = file.read()
        given = os.environ.get(KEY)
        try:
            payload = verify(
                blob, (given or DEVELOPMENT_KEY).encode(), kind=MODEL, subject=ANY_DOMAIN
            )
        except BadCheckpoint as error:
            hint = (
                "" if given else f" ({KEY} is not set here, so that the development key was tried)"
            )
            raise BadCheckpoint(f"{error}{hint}") from None
        self._models: Predictors = pickle.loads(payload)  # noqa: S301 - its signature is right

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002 - MLflow's signature
        model_input: pd.DataFrame,
        params: Any = None,  # noqa: ARG002 - likewise
    ) -> pd.DataFrame:
        """Return a row for each of the rows.

        Raises:
            MlflowException: a column is missing, or a value is no finite number.
        """
        columns = {name: _column(model_input, name) for name in self._models.means}
        known = [0.0] * len(model_input)
        if self._is_amount and KNOWN in model_input:
            known = _column(model_input, KNOWN)
        rows = zip(*columns.values(), strict=True)
        answers = [
            self._models.expect(dict(zip(columns, row, strict=True)), so_far)
            for row, so_far in zip(rows, known, strict=True)
        ]
        told: dict[str, list[float | None]] = {SCORE: [score for score, _ in answers]}
        if self._is_amount:
            told[CHANCE] = [chance for _, chance in answers]
        return pd.DataFrame(told)

    @property
    def _is_amount(self) -> bool:
        return self._models.objective.kind == "amount"


def _column(table: pd.DataFrame, name: str) -> list[float]:
    """Return a column's values, all finite."""
    if name not in table:
        raise MlflowException.invalid_parameter_value(f"the column {name} is missing")
    values: list[float] = table[name].to_numpy(dtype=float).tolist()
    for row, value in enumerate(values):
        if not abs(value) < float("inf"):  # also False for NaN
            raise MlflowException.invalid_parameter_value(
                f"{name} is {value} in row {row}; every feature must be a finite number"
            )
    return values


set_model(ServedModel())
