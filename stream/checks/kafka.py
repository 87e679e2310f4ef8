"""Checks of the broker: its topics, and how far they have been read."""

from collections.abc import Mapping

from stream import topics
from stream.adapters.ping import BrokerFacts, Positions
from stream.checks.check import Check
from stream.embedded.ports import answers


def broker(url: str, facts: BrokerFacts | str) -> Check:
    """Whether the broker answers, also where it sends clients; a str is why it did not."""
    if isinstance(facts, str):
        return Check(
            "broker",
            "fail",
            f"{url} is not reachable ({facts})",
            "start it (stream local, or make up), or set WEIR_BROKER_URL (and WEIR_KAFKA_...: how "
            "one gets in)",
        )
    away = [f"{host}:{port}" for host, port in facts.brokers if not answers(port, host)]
    if away:
        return Check(
            "broker",
            "fail",
            f"{url} answers, but it sends clients to {', '.join(away)}, where nothing answers",
            "set the broker's advertised.listeners to addresses that are reachable from here",
        )
    return Check("broker", "ok", f"{url}, {len(facts.brokers)} broker(s)")


def domain_topics(domain: str, partitions: int, there: Mapping[str, int]) -> Check:
    """Whether the topics of `domain` exist, with the right numbers of partitions."""
    name = f"topics of {domain}"
    wanted = topics.of_domain(domain, partitions)
    missing = [topic.name for topic in wanted if topic.name not in there]
    wrong = [
        f"{topic.name} has {there[topic.name]} instead of {topic.partitions}"
        for topic in wanted
        if there.get(topic.name, topic.partitions) != topic.partitions
    ]
    if wrong:
        return Check(
            name,
            "fail",
            f"partitions: {', '.join(wrong)}",
            "set WEIR_PARTITIONS to what is there; an examples topic with more than one partition "
            "must be deleted, and made anew by stream worker",
        )
    if missing:
        return Check(
            name, "fail", f"missing: {', '.join(missing)}", "start a worker, which makes them"
        )
    return Check(name, "ok", ", ".join(f"{t.name} ({t.partitions})" for t in wanted))


def offsets(positions: Positions, ends: Mapping[tuple[str, int], int]) -> Check:
    """Whether no stored offset is beyond the end of its log.

    Args:
        positions: what Redis stores, read before `ends`.
        ends: the broker's end offsets; a topic that does not exist is not in it.
    """
    beyond = [
        f"{topic}[{partition}] {offset} > {ends.get((topic, partition), 0)}"
        for (topic, partition), offset in sorted(positions.offsets.items())
        if offset > ends.get((topic, partition), 0)
    ]
    if beyond:
        return Check(
            "offsets",
            "fail",
            f"Redis has read further than the broker has records: {', '.join(beyond)}",
            "the broker lost or replaced its topics: new events up to those offsets would be "
            "skipped. Restore the topics, or empty this Redis database (FLUSHDB) and replay",
        )
    return Check("offsets", "ok", f"{len(positions.offsets)} stored, none beyond its log")
