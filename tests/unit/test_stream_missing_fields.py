"""Who gives a log with other columns is told how to go on."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stream.missing_fields import missing_fields
from tests.layout_parts import CHURN, layout_of


@pytest.fixture
def write(tmp_path: Path) -> Any:
    return partial(layout_of, tmp_path)


def test_a_log_with_other_columns_is_told(tmp_path: Path, write: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,customer,page\n1,2,3\n")
    said = missing_fields(str(path), CHURN, None)

    assert "has ts, userId, which churn needs. Its columns: time, customer, page." in said
    assert f"`replay layout {path} --domain churn" in said
    half = write('[columns]\nts = "time"')
    assert "has userId, which churn needs: name" in missing_fields(str(path), CHURN, half)
    whole = write('[columns]\nts = "time"\nuserId = "customer"')
    assert missing_fields(str(path), CHURN, whole) == ""
    path.write_text("no\nrecord\n")
    assert missing_fields(str(path), CHURN, None) == ""
    assert missing_fields("-", CHURN, None) == ""
