"""When a user is looked at, and what comes of it: snapshots, windows, labels."""

import math

from models.checks.trial import AnyDomain, finish, require, run, sample


def check_schedule(domain: AnyDomain) -> None:
    """Snapshot times strictly increase, and the horizon lies ahead."""
    require(domain.horizon > 0 <= domain.grace, "horizon and grace must lie ahead")
    event = sample(domain)[0]
    data, at = domain.new_data(event), event.ts - 1
    domain.update(data, event)
    for _ in range(100):
        following = domain.next_snapshot(data, at)
        if not following:
            break
        require(following > at, "next_snapshot must lie after the moment asked about")
        at = following


def check_windows(domain: AnyDomain) -> None:
    """Windows are as many at every age, follow each other, and the last ends after a snapshot."""
    counts = set()
    for user in run(domain, sample(domain)).users.values():
        at = domain.next_snapshot(user.state.data, user.state.first_ts - 1)
        while at and at < user.state.first_ts + 40 * 86_400_000:
            ends = domain.windows(user.state.data, at)
            counts.add(len(ends))
            require(list(ends) == sorted(set(ends)), "windows must follow each other")
            require(ends[-1] > at, "the last window must end after the snapshot")
            within = 0 <= domain.age(user.state.data, at) < len(domain.ages)
            require(within, "age() must be one of ages")
            at = domain.next_snapshot(user.state.data, at)
    require(len(counts) <= 1, "there must be as many windows for every snapshot")


def check_known(domain: AnyDomain) -> None:
    """What is known and what is still to come add up to the same whole, whenever it is asked."""
    book = run(domain, sample(domain))
    finish(domain, book)
    for user_id, user in book.users.items():
        settled = domain.settled(user.state.data)
        for example in book.examples:
            if settled and example.user_id == user_id and example.label is not None:
                whole = domain.known(user.state.data, settled)
                require(math.isclose(example.label, whole), "known() is not what has come")


def check_labels(domain: AnyDomain) -> None:
    """Every snapshot is labelled exactly once, in the end."""
    book = run(domain, sample(domain))
    finish(domain, book)
    counts = book.progress.counts
    last = [example.id for example in book.examples if example.label is not None]
    labelled = set(last)
    require(bool(labelled), "sample_events must lead to a snapshot")
    require(counts.pending == 0, f"{counts.pending} snapshots never got their label")
    once = len(labelled) == len(last) == counts.labels
    require(once, "a snapshot was labelled twice")
