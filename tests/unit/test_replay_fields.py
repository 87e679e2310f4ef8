"""What is missing and what is broken in a field."""

import json
from typing import Any

import pytest

from models.sanitise import decode
from replay.fields import Fields


def fields_of(*records: dict[str, Any]) -> dict[str, dict[str, Any]]:
    fields = Fields()
    for record in records:
        raw = json.dumps(record).encode()
        fields.add(decode(raw), raw)
    return fields.as_dict()


def test_absent_null_and_empty_are_missing_but_zero_is_not() -> None:
    a = fields_of({"a": 0}, {"a": None}, {"a": ""}, {"b": 1})["a"]

    assert a == {"missing": 3, "missing_share": 0.75, "broken": 0, "types": {"integer": 1}}


def test_whole_and_fractional_numbers_are_one_kind() -> None:
    assert fields_of({"a": 1}, {"a": 2.5})["a"]["broken"] == 0


def test_values_unlike_most_are_broken() -> None:
    a = fields_of({"a": "x"}, {"a": "y"}, {"a": 1}, {"a": True}, {"a": [1]})["a"]

    assert a["broken"] == 3


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_not_finite_are_broken(value: float) -> None:
    a = fields_of({"a": 1.5}, {"a": value})["a"]

    assert (a["broken"], a["missing"]) == (1, 0)


def test_a_text_that_only_says_so_is_not() -> None:
    a = fields_of({"a": "NaN"}, {"a": "Infinity"})["a"]

    assert (a["broken"], a["types"]) == (0, {"text": 2})
