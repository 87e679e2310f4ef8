"""Checks of the history that models are retrained from: the archive of the examples log."""

from collections.abc import Sequence
from pathlib import Path

from stream import topics
from stream.adapters.ping import Extent
from stream.checks.check import Check
from stream.places import takes_files
from stream.segments import Segment, end_of, hole_in


def archive(
    domain: str, directory: Path, found: Sequence[Segment] | str, log: Extent | None
) -> Check:
    """Whether a domain's archive is whole, and can go on where it ends.

    Args:
        domain: whose.
        directory: of this domain; made when it is first written to.
        found: its files, looked at before `log`; a str is why they could not be.
        log: the offsets of the examples that Kafka has; None when they are not known.
    """
    name, place = f"archive of {domain}", directory.absolute()
    if isinstance(found, str) or not takes_files(directory):
        cannot = f"read ({found})" if isinstance(found, str) else "written"
        return Check(
            name,
            "fail",
            f"{place} cannot be {cannot}",
            "let this user write there, or set WEIR_ARCHIVE_DIR; until then nothing is retrained",
        )
    if not found:
        return Check(
            name, "ok", "nothing yet: it begins with the first retraining, or `stream archive`"
        )
    what = f"{place}, offsets {found[0].first:,} to {end_of(found) - 1:,}"
    if gap := _gap(topics.examples(domain), found, log):
        wrong, mend = gap
        return Check(name, "fail", f"{what}{wrong}", f"{mend}; until then nothing is retrained")
    return Check(name, "ok", what)


def _gap(topic: str, found: Sequence[Segment], log: Extent | None) -> tuple[str, str] | None:
    """Return what ``stream.archiving`` and the reading of the archive refuse, and what to do."""
    end = end_of(found)
    if hole := hole_in(found):
        return (
            f": those from {hole[0]:,} to {hole[1]:,} are missing",
            "put the file back that held them",
        )
    if log and end > log.end:
        return (
            f", but the next one of {topic} is {log.end:,}: it is the archive of another log",
            "move it away, or set WEIR_ARCHIVE_DIR",
        )
    if log and end < log.begin:
        return (
            f", but Kafka has kept {topic} only from {log.begin:,} on: those between are lost",
            f"set retention.ms of {topic} to -1, and to go on without them move the archive away",
        )
    return None
