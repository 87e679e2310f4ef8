"""Names of models and versions: what they tell, and what is none."""

import pytest

from models.errors import BadVersion
from models.origin import Origin, Version


@pytest.mark.parametrize("text", ["kalman_logistic@0", "kalman_logistic~20181102@15400"])
def test_a_version_is_what_it_says(text: str) -> None:
    assert str(Version.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "Kalman@1", "kalman", "a~0@5", "a~20181341@5", "a@05", "a~1~2@3", "a@-1"]
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(BadVersion, match=r"no version|there is not"):
        Version.parse(text)


@pytest.mark.parametrize("text", ["", "kalman@3", "kalman~", "a b"])
def test_what_names_no_model_is_refused(text: str) -> None:
    with pytest.raises(BadVersion, match="names no model"):
        Origin.parse(text)
