"""``make bench``: throughput and latency, each beside what it is compared with, in one run."""

import click
import orjson
from rich.console import Console
from rich.table import Table

from benchmarks import api_latency, brokers, engine, latency, predict_latency, worker
from benchmarks.machine import machine, quantile, stolen
from benchmarks.workload import churn_records


@click.command()
@click.option("--users", default=300, show_default=True, help="Users of the generated log.")
@click.option("--days", default=40, show_default=True, help="Its length.")
@click.option("--rate", default=2000.0, show_default=True, help="Events a second for latency.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=10.0),  # the first ones warm up
    default=25.0,
    show_default=True,
    help="How long.",
)
@click.option(
    "--rounds", default=3, show_default=True, help="Of workers and Quix Streams on both brokers."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def main(*, users: int, days: int, rate: float, seconds: float, rounds: int, as_json: bool) -> None:
    """Measure the engine, the full worker, others at the same job, and the latencies."""
    brokers.quiet()
    console = Console(stderr=True)
    console.print(f"{machine()}\nMaking the log ...")
    stolen_before, ticks_before = stolen()
    records = churn_records(users, days)
    figures: dict[str, float] = {"events": len(records)}
    console.print(f"Engine alone, {len(records):,} events ...")
    figures["engine_events_s"] = engine.events_a_second(records)
    console.print("Full worker ...")
    figures["worker_events_s"], (state, everything) = worker.worker_rate(records)
    figures |= {"redis_state_bytes_user": state, "redis_bytes_user": everything}
    console.print("Full worker, with and without the watch over drift, in pairs ...")
    ratio, watched, unwatched = worker.watch_cost(records)
    figures |= {"worker_watched_ratio": ratio}
    figures |= {"worker_watched_events_s": watched, "worker_unwatched_events_s": unwatched}
    console.print("Stock Faust agent (parses and counts, nothing else) ...")
    figures["stock_agent_events_s"] = worker.stock_rate(records)
    found_on = brokers.compare(records, rounds, lambda what: console.print(f"{what} ..."))
    figures |= brokers.figures(found_on)
    console.print(f"Latency at {rate:,.0f} events/s ...")
    found, reached = latency.latencies(records, rate, seconds)
    figures["latency_rate_reached"] = reached
    figures["event_to_score_p50_ms"] = quantile(found, 0.5)
    figures["event_to_score_p99_ms"] = quantile(found, 0.99)
    console.print("GET of a score at 500 requests/s ...")
    figures |= api_latency.measure()
    console.print("POST of predictions at 300 requests/s, with and without a record ...")
    figures |= predict_latency.figures(predict_latency.measure())
    stolen_after, ticks_after = stolen()
    share = (stolen_after - stolen_before) / max(1, ticks_after - ticks_before)
    figures["stolen_share"] = share
    if as_json:
        click.echo(orjson.dumps({"machine": machine(), **figures}))
        return
    Console().print(_table(figures, found_on))


def _table(figures: dict[str, float], found_on: brokers.Compared) -> Table:
    share = f"{figures['stolen_share']:.0%} of the processors' time went to other machines"
    title = f"weir bench: {machine()}; {share}"
    table = Table("figure", "value", "aim", title=title)
    watched, unwatched = (figures[f"worker_{n}_events_s"] for n in ("watched", "unwatched"))
    full, alone, stock = (figures[f"{n}_events_s"] for n in ("worker", "engine", "stock_agent"))
    table.add_row("engine alone, events/s", f"{alone:,.0f}", "")
    table.add_row("full worker, events/s", f"{full:,.0f}", ">= 25,000")
    table.add_row("stock Faust agent, events/s", f"{stock:,.0f}", "")
    table.add_row("full worker / engine alone", f"{full / alone:.2f}", ">= 0.5")
    table.add_row(
        "full worker, drift watched for / not",
        f"{figures['worker_watched_ratio']:.2f}  ({watched:,.0f} and {unwatched:,.0f} events/s)",
        ">= 0.9",
    )
    table.add_row("full worker / stock agent", f"{full / stock:.2f}", ">= 2")
    brokers.add_rows(table, found_on)
    table.add_row(
        "a user's state in Redis", f"{figures['redis_state_bytes_user']:,.0f} bytes", "< 1,500"
    )
    table.add_row("  with snapshots waiting", f"{figures['redis_bytes_user']:,.0f} bytes", "")
    table.add_row(
        f"event to score at {figures['latency_rate_reached']:,.0f}/s",
        f"p50 {figures['event_to_score_p50_ms']:.1f} ms, "
        f"p99 {figures['event_to_score_p99_ms']:.1f} ms",
        "p50 < 20, p99 < 80",
    )
    table.add_row(
        f"GET of a score at {figures['api_requests_s']:,.0f}/s",
        f"p50 {figures['api_p50_ms']:.1f} ms, p99 {figures['api_p99_ms']:.1f} ms",
        "p99 < 10",
    )
    for record in predict_latency.RECORDS:
        p50, p99 = (figures[f"predict_{record.lower()}_{name}_ms"] for name in ("p50", "p99"))
        table.add_row(
            f"POST of a prediction at 300/s, record: {record}",
            f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
            f"p99 < {predict_latency.MOST_MS:g}",
        )
    return table


if __name__ == "__main__":
    main()
