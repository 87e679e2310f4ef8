"""What to say of a log of which nothing could be used: its columns have other names."""

from itertools import islice
from typing import Any

from models.domain import Domain
from models.errors import BadRecord
from models.sanitise import decode
from stream.layout import Layout
from stream.logfile import LogFile

#: So many records tell which columns a log has.
_HEAD = 1_000


def missing_fields(path: str, domain: Domain[Any, Any], layout: Layout | None) -> str:
    """Say why nothing of a log could be used, where it is that its columns have other names.

    Returns:
        One line that says how to go on; nothing where the first records have what the domain
        needs, or when the log cannot be read again.
    """
    log = LogFile(path)
    if not log.rereadable:
        return ""
    columns: dict[str, None] = {}
    seen: set[str] = set()
    for _, raw in islice(log, _HEAD):
        try:
            columns |= dict.fromkeys(decode(raw))
            seen |= decode(raw if layout is None else layout.apply(raw)).keys()
        except BadRecord:
            continue
    kinds = [kind for kind in (domain.fields, domain.row_fields) if kind]
    lacking = [[n for n, f in kind.items() if f.required and n not in seen] for kind in kinds]
    missing = min(lacking, key=len)
    if not columns or not missing:
        return ""
    fields = ", ".join(missing)
    names = ", ".join(name if name.isprintable() else repr(name) for name in columns)
    if layout is not None:
        return (
            f"No record of {log.name}, read as {layout.name} says, has {fields}, which "
            f"{domain.name} needs: name the columns in [columns]. The log's columns: {names}"
        )
    return (
        f"No record of {log.name} has {fields}, which {domain.name} needs. Its columns: {names}. "
        f"`replay layout {log.name} --domain {domain.name} -o layout.toml` writes a file that says "
        "which column is which field, for --layout"
    )
