"""Logs are read line by line, whatever their format and compression."""

import bz2
import datetime
import gzip
import io
import os
import sys
import threading
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import orjson
import pyarrow
import pyarrow.parquet
import pytest
import zstandard

from stream.logfile import MAX_LINE, LogFile
from stream.logsource import LogError

LINES = [b'{"ts": %d, "song": "\xc3\xa9 %d"}' % (i, i * i) for i in range(500)]
TEXT = b"\n".join(LINES) + b"\n"

PACK: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


def read(path: Path | str) -> list[tuple[int, bytes]]:
    return list(LogFile(str(path)))


def stored(tmp_path: Path, data: bytes, name: str = "log.jsonl") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("packing", PACK)
def test_json_lines_come_untouched_and_numbered(tmp_path: Path, packing: str) -> None:
    path = stored(tmp_path, PACK[packing](TEXT))

    assert read(path) == list(enumerate(LINES, 1))


@pytest.mark.parametrize("packing", PACK)
def test_bytes_read_grow_to_bytes_total(tmp_path: Path, packing: str) -> None:
    log = LogFile(str(stored(tmp_path, PACK[packing](TEXT))))
    seen = [log.bytes_read for _ in log]

    assert seen == sorted(seen)
    assert log.bytes_read == log.bytes_total == os.path.getsize(log.path)  # noqa: PTH202  # a str


def test_a_log_can_be_read_again(tmp_path: Path) -> None:
    log = LogFile(str(stored(tmp_path, TEXT)))

    assert list(log) == list(log)


@pytest.mark.parametrize("packing", ["gz", "bz2", "zst"])
def test_concatenated_parts_are_one_log(tmp_path: Path, packing: str) -> None:
    pack = PACK[packing]
    path = stored(tmp_path, pack(TEXT[:2000]) + pack(b"") + pack(TEXT[2000:]))

    assert read(path) == list(enumerate(LINES, 1))


@pytest.mark.parametrize("packing", ["gz", "bz2", "zst"])
def test_a_log_that_was_cut_off_is_told_with_the_last_whole_line(
    tmp_path: Path, packing: str
) -> None:
    noise = [orjson.dumps({"x": os.urandom(40).hex()}) for _ in range(20_000)]
    packed = PACK[packing](b"\n".join(noise))
    log = LogFile(str(stored(tmp_path, packed[: len(packed) * 2 // 3])))

    lines: list[bytes] = []
    with pytest.raises(LogError, match="cut off") as error:
        lines.extend(raw for _, raw in log)

    assert 0 < len(lines) < len(noise)
    assert lines == noise[: len(lines)]
    assert error.value.line == len(lines)
    assert f"line {len(lines)}" in str(error.value)


def test_a_damaged_file_is_an_error_and_not_an_end(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(os.urandom(300_000).hex().encode()))
    packed[len(packed) // 2] ^= 255

    with pytest.raises(LogError):
        read(stored(tmp_path, bytes(packed)))


def test_line_ends_blank_lines_and_byte_order_mark(tmp_path: Path) -> None:
    text = b'\xef\xbb\xbf{"a":1}\r\n\r\n  \n{"b":2}\r\nnot json \xff\n{"c":3}'

    assert read(stored(tmp_path, text)) == [
        (1, b'{"a":1}'),
        (4, b'{"b":2}'),
        (5, b"not json \xff"),
        (6, b'{"c":3}'),
    ]


def test_a_bad_first_line_does_not_make_it_another_format(tmp_path: Path) -> None:
    broken = b'page": "Home", "ts": 5}'

    assert read(stored(tmp_path, broken + b"\n" + LINES[0], "log"))[0] == (1, broken)
    assert read(stored(tmp_path, b"a,b\n" + LINES[0]))[0] == (1, b"a,b")


def test_an_endless_line_is_cut_and_the_next_one_is_read(tmp_path: Path) -> None:
    path = stored(tmp_path, LINES[0] + b"\n" + b"x" * 5_000_000 + b"\n" + LINES[1])

    first, long, last = read(path)

    assert first == (1, LINES[0])
    assert last == (3, LINES[1])
    assert MAX_LINE < len(long[1]) < 2 * MAX_LINE


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(size: int) -> int:
        lines = [orjson.dumps({"x": os.urandom(100).hex()}) for _ in range(size)]
        path = stored(tmp_path, zstandard.ZstdCompressor().compress(b"\n".join(lines)))
        del lines
        tracemalloc.start()
        for _ in LogFile(str(path)):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(60_000) < 1.5 * peak(15_000)


@pytest.mark.parametrize("data", [b"", b"\n \n", gzip.compress(b"", mtime=0)])
def test_an_empty_log_is_an_error(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(LogError, match="is empty"):
        read(stored(tmp_path, data))


def test_what_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"nowhere\.jsonl: no such file"):
        LogFile(str(tmp_path / "nowhere.jsonl"))
    with pytest.raises(LogError, match="is a directory"):
        LogFile(str(tmp_path))


def test_a_json_array_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"line 1: .*jq"):
        read(stored(tmp_path, b'[{"a": 1},\n {"a": 2}]'))


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(TEXT))))
    log = LogFile("-")

    assert not log.rereadable
    assert log.bytes_total is None
    assert [raw for _, raw in log] == LINES
    assert not sys.stdin.buffer.closed


def test_a_line_of_a_pipe_comes_before_the_pipe_ends(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    seen = threading.Event()
    seen_in_time = []

    def feed() -> None:
        with path.open("wb", buffering=0) as pipe:
            pipe.write(LINES[0] + b"\n")
            seen_in_time.append(seen.wait(20))

    feeder = threading.Thread(target=feed)
    feeder.start()
    records = iter(LogFile(str(path)))
    try:
        assert next(records) == (1, LINES[0])
    finally:
        seen.set()
        feeder.join()
    assert seen_in_time == [True]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rows_of_csv_become_objects(tmp_path: Path, separator: str) -> None:
    rows = [["userId", "ts", "song"], ["7", "12", '"a, b"'], ["", "13", "é"]]
    text = "\r\n".join(separator.join(row) for row in rows)

    assert [
        (number, orjson.loads(raw)) for number, raw in read(stored(tmp_path, text.encode(), "x"))
    ] == [
        (2, {"userId": "7", "ts": "12", "song": "a, b"}),
        (3, {"userId": None, "ts": "13", "song": "é"}),
    ]


def test_csv_rows_are_numbered_by_the_line_on_which_they_begin(tmp_path: Path) -> None:
    text = b'a,b\n1,"x\n\ny"\n\n2,z\n'
    records = read(stored(tmp_path, zstandard.ZstdCompressor().compress(text), "x.csv.zst"))

    assert [number for number, _ in records] == [2, 6]
    assert orjson.loads(records[0][1]) == {"a": "1", "b": "x\n\ny"}


def test_a_csv_row_that_does_not_fit_is_no_json(tmp_path: Path) -> None:
    records = read(stored(tmp_path, b"a,b\n1,2,3\n4\n5,6\n", "x.csv"))

    assert records[0] == (2, b"1,2,3")
    assert records[1] == (3, b"4")
    assert orjson.loads(records[2][1]) == {"a": "5", "b": "6"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a,b\n1,2\n3,caf\xe9\n", r"line 3: not UTF-8 \(byte 6"),
        (b'a,b\n1,2\n3,"x"y\n', "line 3: broken CSV"),
    ],
)
def test_csv_that_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, text: bytes, message: str
) -> None:
    with pytest.raises(LogError, match=message):
        read(stored(tmp_path, text, "x.csv"))


@pytest.mark.parametrize("packing", PACK)
def test_rows_of_parquet_become_objects(tmp_path: Path, packing: str) -> None:
    moment = datetime.datetime(2018, 10, 1, 0, 0, 1, 500_000)  # noqa: DTZ001  # as Parquet holds it
    table = pyarrow.table(
        {
            "ts": [moment, None],
            "userId": ["7", ""],
            "length": [1.5, float("nan")],
            "price": [Decimal("2.50"), None],
            "day": [moment.date(), None],
        }
    )
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    log = LogFile(str(stored(tmp_path, PACK[packing](buffer.getvalue()), "x")))

    assert [(number, orjson.loads(raw)) for number, raw in log] == [
        (
            1,
            {
                "ts": 1538352001500,
                "userId": "7",
                "length": 1.5,
                "price": 2.5,
                "day": "2018-10-01",
            },
        ),
        (2, {"ts": None, "userId": "", "length": None, "price": None, "day": None}),
    ]
    assert log.bytes_read == log.bytes_total


def test_a_broken_parquet_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="broken Parquet"):
        read(stored(tmp_path, b"PAR1" + bytes(100)))
