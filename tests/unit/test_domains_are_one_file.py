"""The second domain came in as one file: what carries the events knows nothing of it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("package", ["stream", "replay", "api"])
def test_no_word_of_it_outside_the_models(package: str) -> None:
    files = [p for p in (ROOT / package).rglob("*") if p.suffix in {".py", ".lua"}]
    assert len(files) > 10
    telling = [p.name for p in files if "revenue" in p.read_text().lower()]
    assert telling == []
