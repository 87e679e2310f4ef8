"""A layout's file is read, or says what is wrong with it."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stream.layout_file import LayoutError, read_layout
from tests.layout_parts import CHURN, REVENUE, layout_of


@pytest.fixture
def write(tmp_path: Path) -> Any:
    return partial(layout_of, tmp_path)


def test_the_times_are_those_that_the_domains_say(write: Any) -> None:
    assert write("").times == ("ts", "registration")
    assert sorted(write("", REVENUE).times) == ["installed_at", "ts"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[columns", "is not TOML: Expected"),
        ('x = 1\n[columns\nts = "time"', "is not TOML: .*line 2"),
        ('[column]\nts = "time"', "no table 'column' is known .is columns meant"),
        ("columns = 1", "columns must be a table"),
        (
            '[columns]\nuser_id = "a"',
            "user_id is no field of churn .is userId meant..; there are: ",
        ),
        ('[columns]\nxyz = "a"', "xyz is no field of churn; there are: ts, userId, page"),
        ("[columns]\nts = 3", "ts must be the name of a column"),
        ('[columns]\nts = ""', "ts must be the name of a column"),
        ('[values]\npage = "a"', r"\[values.page\]"),
        ('[values.pag]\na = "b"', "pag is no field of churn .is page meant"),
        ("[values.page]\na = []", r"\[values.page\] a must be a text or a number"),
        ('[values.page]\na = ""', r"\[values.page\] a cannot be ''"),
        ('[values.level]\npro = "premium"', "cannot be 'premium'; valid for level: free, paid"),
        ('[constants]\nlevel = "x"', "valid for level: free, paid"),
        ("[constants]\nauth = true", "auth must be a text or a number"),
        ("[constants]\nsessionId = nan", "sessionId must be a finite number"),
        ("[constants]\nsessionId = 99999999999999999999", "must be a finite number"),
        ('[columns]\nauth = "a"\n[constants]\nauth = "b"', "read from the column 'a' already"),
        ('[time]\nzone = "Berlin"', "'Berlin' is none that is known"),
        ("[time]\nzone = 1", "1 is none that is known"),
        ('[time]\nzone = "../../etc/passwd"', "is none that is known"),
        ('[time]\nzones = "UTC"', "no 'zones' .is zone meant"),
    ],
)
def test_a_layout_that_cannot_be_says_why(write: Any, text: str, message: str) -> None:
    with pytest.raises(LayoutError, match=message) as error:
        write(text)
    assert str(error.value).split(": ")[0].endswith("music.toml")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"nowhere\.toml: cannot be read: No such file"):
        read_layout("nowhere.toml", CHURN)
    with pytest.raises(LayoutError, match="directory"):
        read_layout(str(tmp_path), CHURN)
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    with pytest.raises(LayoutError, match="is not UTF-8"):
        read_layout(str(tmp_path / "latin.toml"), CHURN)
