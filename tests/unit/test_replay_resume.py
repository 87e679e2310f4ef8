"""The header that says which log a record is from, and where in it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.resume import HEADER, Mark, Place, ResumeError, mark_of, place_of

MARK = Mark("0123456789abcdef", "01234567")


@given(st.integers(0, 10**9), st.integers(0, 10**12))
def test_a_header_gives_its_place_back(round_: int, number: int) -> None:
    place = Place(round_, number)

    assert place_of([("other", b"x"), MARK.header(place)], MARK) == place


def test_another_log_gives_no_place() -> None:
    other = Mark("f" * 16, MARK.way)

    assert place_of([other.header(Place(0, 5))], MARK) is None
    assert place_of([], MARK) is None


@given(st.binary())
def test_a_header_of_someone_else_is_no_place(value: bytes) -> None:
    assert place_of([(HEADER, value)], MARK) is None


def test_another_order_cannot_be_resumed() -> None:
    with pytest.raises(ResumeError, match="--sort-buffer"):
        place_of([Mark(MARK.log, "76543210").header(Place(0, 5))], MARK)


def test_the_mark_tells_what_decides_the_order(tmp_path: Path) -> None:
    def mark(*texts: str, buffer: int = 10, partitions: int = 4) -> Mark:
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / f"{number}"
            path.write_text(text)
            paths.append(str(path))
        return mark_of(paths, buffer, partitions)

    assert mark("a", "b") == mark("a", "b")
    assert len({mark("a", "b").log, mark("b", "a").log, mark("ab").log, mark("ab", "").log}) == 4
    assert len({mark("a").way, mark("a", buffer=11).way, mark("a", partitions=5).way}) == 3


def test_places_are_ordered_by_round_and_number() -> None:
    assert Place(0, 9) < Place(1, 0) < Place(1, 3)
