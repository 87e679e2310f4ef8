"""The page of all Redis keys, from ``stream/keys.py``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from docs_tools.reference.docstrings import attributes
from docs_tools.reference.markdown import code, sentence, table
from docs_tools.reference.markdown import page as page_of
from stream.adapters.redis_lock import SECONDS
from stream.keys import LOCKS, DomainKeys, Locks, PartitionKeys

#: What Redis itself calls the types.
TYPES = {
    "hash": "hash",
    "sorted set": "zset",
    "list": "list",
    "stream": "stream",
    "string": "string",
}

_TOLD = re.compile(r"(?P<type>[a-z ]+), written by (?P<writer>[^:]+): (?P<holds>.+)")

#: Names of a hash's fields, or of a stream's entry, are told of in code.
_FIELD = re.compile(r"``(\w+)``")

_HEAD = f"""\
# Redis keys

Made from `stream/keys.py` by `make reference`; change it there.

Workers, learner, trainer, API and commands share one Redis; all keys begin with `weir:`. What is in
braces is the **hash tag**: Redis Cluster puts keys with the same one in one slot, so that a script
may change them as one. Only locks expire ({SECONDS:g} s after their holder has last said that it is
there). Rights that are enough: [security.md](../security.md); backup, and what is lost when Redis
is: [operations.md](../operations.md).

What is written changes with Weir's versions: ask the [API](http-api.md) or read the
[topics](topics.md) instead. The API's rate limits are in its memory, predictions and the record of
decisions in SQL; neither is here.
"""


@dataclass(frozen=True)
class Key:
    """A key, as it is told of.

    Attributes:
        pattern: its name, with ``<domain>`` and ``<partition>`` in it.
        type: in words; ``TYPES`` has Redis' own.
        writer: who writes it.
        holds: what is in it.
        expires: whether it goes by itself.
    """

    pattern: str
    type: str
    writer: str
    holds: str
    expires: bool

    def matches(self, key: str) -> bool:
        """Tell whether this is what a key in Redis is."""
        pattern = re.escape(self.pattern)
        for name, values in (("<domain>", "[a-z_]+"), ("<partition>", "[0-9]+")):
            pattern = pattern.replace(re.escape(name), values)
        return re.fullmatch(pattern, key) is not None

    @property
    def fields(self) -> set[str]:
        """The names that its fields may have; empty where they are ids."""
        return set(_FIELD.findall(self.holds))


def keys() -> Mapping[str, list[Key]]:
    """Return all keys, by what they belong to."""
    partition, domain = PartitionKeys.of("DOMAIN", 0), DomainKeys.of("DOMAIN")
    return {
        "Of a partition": list(_keys(partition, expires=False)),
        "Of a domain": list(_keys(domain, expires=False)),
        "Locks": list(_keys(LOCKS, expires=True)),
    }


def page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for title, found in keys().items():
        prefix = found[0].pattern.rpartition(":")[0] + ":"
        rows = [
            [code(key.pattern.removeprefix(prefix)), key.type, key.writer, sentence(key.holds)]
            for key in found
        ]
        example = found[0].pattern.replace("<domain>", "churn").replace("<partition>", "0")
        parts += [
            f"## {title}",
            f"They begin with {code(prefix)}, as in {code(example)}.",
            table(["key", "type", "written by", "holds"], rows),
        ]
    return page_of(*parts)


def _keys(group: PartitionKeys | DomainKeys | Locks, *, expires: bool) -> Iterator[Key]:
    meanings: Mapping[str, Any] = attributes(type(group).__doc__)
    for field in fields(group):
        told = _TOLD.fullmatch(meanings[field.name])
        if told is None:
            raise ValueError(f"{field.name}: say its type, who writes it, and what it holds")
        name: str = getattr(group, field.name)
        pattern = name.replace("DOMAIN:0", "<domain>:<partition>").replace("DOMAIN", "<domain>")
        yield Key(pattern, told["type"], told["writer"], told["holds"], expires)
