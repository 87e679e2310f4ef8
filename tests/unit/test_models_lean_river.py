"""A worker does not load what no model needs; who wants it has it."""

import subprocess
import sys

import pytest

LOADED = "import sys; print(*sorted({'pandas', 'sklearn', 'sqlalchemy'} & sys.modules.keys()))"


def loaded(code: str) -> list[str]:
    """Return which of three packages a fresh Python has loaded after this code."""
    whole = f"{code}\n{LOADED}"
    done = subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("module", ["models.learner", "models.domains.churn", "stream.worker"])
def test_what_no_model_needs_is_not_loaded(module: str) -> None:
    assert loaded(f"import {module}") == []


def test_it_can_be_loaded_afterwards() -> None:
    code = "import models.lean_river, sklearn, sqlalchemy"
    assert {"sklearn", "sqlalchemy"} <= set(loaded(code))


def test_who_has_loaded_river_before_has_its_readers() -> None:
    code = "import river.stream, models.lean_river; assert river.stream.iter_sql"
    assert {"sklearn", "sqlalchemy"} <= set(loaded(code))
