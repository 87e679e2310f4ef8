"""Who may ask, by which key, for what, and until when."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from api.cli import main
from api.keys import Keys
from stream.api_keys import SCOPES, ApiKey, Scope, digest, entry, new_key, parse_entries
from stream.settings import BadSettings, load

ENTRIES = (entry("first-key", "one", ["read"]), entry("second-key", "two", ["predict", "read"]))
KEYS = Keys(parse_entries(",".join(ENTRIES)))


@pytest.mark.parametrize(("key", "name"), [("first-key", "one"), ("second-key", "two")])
def test_every_key_with_an_entry_is_accepted(key: str, name: str) -> None:
    found = KEYS.find(key)
    assert found is not None
    assert found.name == name


@given(st.none() | st.text())
def test_nothing_else_is(key: str | None) -> None:
    assert (KEYS.find(key) is not None) == (key in {"first-key", "second-key"})


@pytest.mark.parametrize(
    "key", ["", "first-key ", "FIRST-KEY", "first-ke", digest("first-key").hex(), *ENTRIES]
)
def test_nothing_similar_is_nor_what_is_kept(key: str) -> None:
    assert KEYS.find(key) is None


def test_a_key_is_needed_as_soon_as_there_was_one() -> None:
    assert not Keys(()).needed
    keys = Keys(parse_entries(ENTRIES[0]))
    keys.replace(())
    assert keys.needed
    assert keys.find("first-key") is None


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (["read"], {"read"}),
        (["predict"], {"predict"}),
        (["read", "predict"], {"read", "predict"}),
        (["admin"], {"read", "predict", "admin"}),
    ],
)
def test_a_scope_allows_no_other_but_admin_all(scopes: list[Scope], allowed: set[str]) -> None:
    [key] = parse_entries(entry("k", "n", scopes))
    assert {scope for scope in SCOPES if key.allows(scope)} == allowed


def test_entries_are_separated_by_commas_or_line_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIR_API_KEYS", f"\n{ENTRIES[0]} ,\r\n{ENTRIES[1]}\n,")
    assert [key.name for key in load().api_keys] == ["one", "two"]
    monkeypatch.setenv("WEIR_API_KEYS", "")
    assert load().api_keys == ()


HASH = "sha256-" + "0" * 64


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("s3cr3t-key-in-plain-text", "entry 1 has not the parts"),
        (f"one:read:{HASH},s3cr3t", "entry 2 has not the parts"),
        ("one:read:s3cr3t", "has no hash"),
        (f"one:read:{HASH}0", "has no hash"),
        (f"one:read:sha256-{'G' * 64}", "has no hash"),
        (f":read:{HASH}", "has a name of other characters"),
        (f"s3cr3t one:read:{HASH}", "has a name of other characters"),
        (f"one::{HASH}", "has a scope that is none of read, predict, admin"),
        (f"one:write:{HASH}", "has a scope that is none of read, predict, admin"),
        (f"one:read+read:{HASH}", "or one twice"),
        (f"one:read:{HASH}:s3cr3t", "has an end that is no ISO 8601 date"),
        (f"one:read:{HASH}\ntwo:admin:{HASH}", "entry 2 is of the same key as one before it"),
    ],
)
def test_another_entry_is_refused_with_the_way_to_a_good_one(text: str, reason: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load({"api_keys": text})
    message = str(refused.value)
    assert message.startswith("WEIR_API_KEYS: entry ")
    assert reason in message
    assert "`api key NAME --scope read`" in message
    assert "s3cr3t" not in message


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("2027-01-31", datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)),
        ("2027-01-31T12:00:01", datetime(2027, 1, 31, 12, 0, 0, tzinfo=UTC)),
        ("2027-01-31T14:00:01+02:00", datetime(2027, 1, 31, 12, 0, 0, tzinfo=UTC)),
    ],
)
def test_a_key_ends_when_it_says(until: str, last: datetime) -> None:
    [key] = parse_entries(entry("k", "n", ["read"], until))
    assert key.accepted(last)
    assert not key.accepted(last.replace(microsecond=0, second=last.second, year=2028))
    assert key.until is not None
    assert not key.accepted(key.until)
    assert Keys([key]).find("k") is not None
    old: ApiKey = parse_entries(entry("k", "n", ["read"], "2020-01-01"))[0]
    assert Keys([old]).find("k") is None


def test_keys_come_from_the_file_of_secrets_unless_they_are_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "weir_api_keys"
    monkeypatch.setenv("WEIR_SECRETS_DIR", str(tmp_path))
    assert load().api_keys_file is None
    file.write_text("\n".join(ENTRIES) + "\n")
    assert [key.name for key in load().api_keys] == ["one", "two"]
    assert load().api_keys_file == file
    assert load({"api_keys": ENTRIES[0]}).api_keys_file is None
    file.write_text("\n")
    with pytest.raises(BadSettings, match=r"WEIR_API_KEYS: .*weir_api_keys is empty"):
        load()
    monkeypatch.setenv("WEIR_API_KEYS", ENTRIES[0])
    assert load().api_keys_file is None


# the command


def test_the_command_makes_a_key_and_its_entry() -> None:
    made = [
        CliRunner().invoke(main, ["key", "crm", "--scope", "read", "--scope", "predict"])
        for _ in range(2)
    ]
    keys = set()
    for result in made:
        key, line = result.stdout.splitlines()
        assert re.fullmatch(r"weir_[A-Za-z0-9_-]{43}", key)
        assert line == entry(key, "crm", ["read", "predict"])
        assert key not in line
        found = Keys(parse_entries(line)).find(key)
        assert found is not None
        assert found.name == "crm"
        assert set(found.scopes) == {"read", "predict"}
        keys.add(key)
    assert len(keys) == 2


def test_the_command_takes_a_key_that_there_is() -> None:
    key = new_key()
    call = ["key", "crm", "--scope", "admin", "--until", "2027-01-31", "--stdin"]
    result = CliRunner().invoke(main, call, input=f"{key}\n")
    assert result.output == entry(key, "crm", ["admin"], "2027-01-31") + "\n"


@pytest.mark.parametrize("key", ["", "short", "x" * 31, "x" * 201, "word word " * 5])
def test_a_key_that_could_be_guessed_is_refused(key: str) -> None:
    result = CliRunner().invoke(main, ["key", "crm", "--scope", "read", "--stdin"], input=key)
    assert result.exit_code == 1
    assert "32 to 200" in result.output


@pytest.mark.parametrize(
    ("call", "code", "reason"),
    [
        (["crm"], 2, "--scope"),
        (["crm", "--scope", "write"], 2, "'read', 'predict', 'admin'"),
        (["the crm", "--scope", "read"], 1, "a name of other characters"),
        (["crm", "--scope", "read", "--until", "soon"], 1, "no ISO 8601 date"),
    ],
)
def test_what_the_command_cannot_make_it_says(call: list[str], code: int, reason: str) -> None:
    result = CliRunner().invoke(main, ["key", *call])
    assert result.exit_code == code
    assert reason in result.output
