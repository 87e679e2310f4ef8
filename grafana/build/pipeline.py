"""Pipeline: where records, scores and examples are, and what takes the time."""

from grafana_foundation_sdk.models.dashboard import Panel
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.build.limits import Limits
from grafana.build.page import Choice, Page, Row
from grafana.build.panels import heat, lines, number
from grafana.build.queries import DOMAIN, Query, learner, mean, quantile, table
from grafana.build.tables import rows

_HERE = f'{DOMAIN}, instance=~"$instance"'


def page() -> Page:
    """Return the dashboard."""
    return Page(
        "weir-pipeline",
        "Weir / Pipeline",
        "Where records, scores and examples are, what takes the time, and what went wrong.",
        [
            Row("In", _arriving()),
            Row("Through", _through()),
            Row("Learning", _learning()),
            Row("Retraining", _retraining()),
            Row("API", _api()),
            Row("Trouble", _trouble()),
        ],
        choices=[
            Choice(
                "instance",
                "Worker",
                "Which workers to look at, where a panel tells them apart.",
                'label_values(up{job="weir-worker"}, instance)',
            )
        ],
    )


def _rate(metric: str, by: str, labels: str = _HERE) -> str:
    return f"sum by ({by}) (rate({metric}{{{labels}}}[$__rate_interval]))"


def _arriving() -> list[Panel]:
    return [
        lines(
            "Records by what became of them",
            "scored; late (behind their user's last event, used where order does not matter); "
            "duplicates; outcomes (labels, not scored); anonymous; rejected. Their sum is all that "
            "was read.",
            Query(_rate("weir_records_total", "domain, result"), "{{domain}} {{result}}"),
            unit="reqps",
            stacked=True,
            least=0,
        ),
        lines(
            "Unusable records by reason",
            "Records a second that go to the dead-letter topic, where each has its reason and its "
            "bytes untouched.",
            Query(
                f"{_rate('weir_rejected_total', 'domain, reason')} or 0 * "
                f"label_replace(domain:weir_records:rate5m{{{DOMAIN}}}, "
                '"reason", "none", "", "")',
                "{{domain}} {{reason}}",
            ),
            unit="reqps",
            least=0,
        ),
        lines(
            "Lag by partition",
            "Records of each partition that are not committed yet. One that grows alone: its "
            "worker is stuck, or its users are very busy.",
            Query(
                f"max by (domain, partition) (weir_consumer_lag{{{_HERE}}})",
                "{{domain}} {{partition}}",
            ),
            unit="short",
            limits=Limits(10_000),
            least=0,
        ),
        lines(
            "Event time by partition",
            "How far each partition's clock (the newest event time) is behind the newest of its "
            "domain. Labels wait for the slowest.",
            Query(
                f"domain:weir_watermark_seconds:max{{{DOMAIN}}} - on (domain) group_right "
                f"max by (domain, partition) (weir_watermark_seconds{{{_HERE}}} > 0)",
                "{{domain}} {{partition}}",
            ),
            unit="s",
            limits=Limits(86_400),
            least=0,
        ),
        lines(
            "Users",
            "Users ever seen, and of each partition those whose state is in a worker's memory.",
            Query(f"domain:weir_users:sum{{{DOMAIN}}}", "{{domain}} seen"),
            Query(f"sum by (domain) (weir_cached_users{{{_HERE}}})", "{{domain}} in memory"),
            unit="short",
            least=0,
        ),
        lines(
            "Snapshots and labels",
            "Snapshots taken and labels that came, a second; and snapshots that wait for their "
            "label. Labels are due a horizon after their snapshots.",
            Query(_rate("weir_snapshots_total", "domain"), "{{domain}} snapshots"),
            Query(_rate("weir_labels_total", "domain, label"), "{{domain}} label {{label}}"),
            unit="cps",
            least=0,
        ),
    ]


def _through() -> list[Panel]:
    return [
        heat(
            "Event to score",
            "How many scores took how long, from the event's entry into Kafka to the acknowledged "
            "score. A band that wanders up: the worker does not keep up.",
            Query(
                f"sum by (le) (increase(weir_event_to_score_seconds_bucket{{{_HERE}}}"
                "[$__rate_interval]))",
                "{{le}}",
                shape=PromQueryFormat.HEATMAP,
            ),
            unit="short",
            axis_unit="s",
            scheme="Blues",
            width=8,
            height=7,
        ),
        lines(
            "What a chunk's time goes into",
            "Mean seconds of a chunk: loading states from Redis, writing outputs to Kafka, "
            "committing to Redis; the rest of the whole is the engine.",
            Query(mean("weir_chunk_seconds"), "{{domain}} whole"),
            Query(mean("weir_load_seconds"), "{{domain}} load"),
            Query(mean("weir_output_seconds"), "{{domain}} outputs"),
            Query(mean("weir_commit_seconds"), "{{domain}} commit"),
            unit="s",
            least=0,
        ),
        lines(
            "Chunks and scores",
            "Mean records of a chunk: near WEIR_CHUNK_RECORDS (2,000) the worker is busy, few when "
            "it waits for events. And scores written a second.",
            Query(mean("weir_chunk_records"), "{{domain}} records a chunk"),
            Query(_rate("weir_scores_total", "domain"), "{{domain}} scores/s"),
            unit="short",
            least=0,
        ),
    ]


def _learning() -> list[Panel]:
    return [
        lines(
            "Examples that wait",
            "Labelled examples in Kafka that are not read yet, and those that wait until their "
            "cohort is complete.",
            Query(f"domain:weir_learner_lag:max{{{DOMAIN}}}", "{{domain}} not read"),
            Query(f"max by (domain) {learner('weir_examples_waiting')}", "{{domain}} not complete"),
            unit="short",
            limits=Limits(1000),
            least=0,
        ),
        lines(
            "Examples learnt",
            "How many examples the newest model has learnt, and how many the models that serve "
            "have: lines apart mean an old model.",
            Query(f"domain:weir_examples_learnt:max{{{DOMAIN}}}", "{{domain}} learnt"),
            Query(
                f"min by (domain, job) (weir_serving_examples{{{DOMAIN}}})",
                "{{domain}} served by {{job}}",
            ),
            unit="short",
        ),
        lines(
            "Publishing a model",
            "Mean seconds from the decision to publish a version until Redis has it.",
            Query(mean("weir_publish_seconds"), "{{domain}}"),
            unit="s",
            limits=Limits(2),
            least=0,
        ),
    ]


def _retraining() -> list[Panel]:
    return [
        lines(
            "Retraining and tracking",
            "How many retrainings the trainer has run since it started, by result; 1 while one "
            "runs; and what lies in the spool until MLflow has taken it, most of the time nothing. "
            "What was found: `stream decisions`, and MLflow.",
            Query(
                f"sum by (domain, result) (weir_retrainings_total{{{DOMAIN}}})",
                "{{domain}} {{result}}",
            ),
            Query("sum(weir_retraining_running)", "running"),
            Query("sum(weir_spool_entries)", "wait for MLflow"),
            unit="short",
            decimals=0,
            least=0,
            width=24,
            height=6,
        ),
    ]


def _api() -> list[Panel]:
    return [
        lines(
            "Requests by status",
            "Requests a second, all routes.",
            Query(
                "sum by (status) (rate(weir_api_requests_total[$__rate_interval]))", "{{status}}"
            ),
            unit="reqps",
            stacked=True,
            least=0,
            width=6,
        ),
        lines(
            "Response time by route, p99",
            "99 of 100 answers of a route take less; a stream of events counts until it begins.",
            Query(quantile(0.99, "weir_api_seconds", 'route=~"/v1/.+"', "route"), "{{route}}"),
            unit="s",
            limits=Limits(0.6),
            least=0,
            width=6,
        ),
        lines(
            "Until a score is on record, p99",
            "Every answered score is written to the record first; 99 of 100 requests wait less for "
            "it. Refused after WEIR_RECORD_SECONDS (2 s).",
            Query(
                "histogram_quantile(0.99, sum by (le) "
                "(rate(weir_record_seconds_bucket[$__rate_interval])))",
                "p99",
            ),
            unit="s",
            limits=Limits(0.5, 2),
            least=0,
            width=6,
        ),
        lines(
            "Scores on record, and listeners",
            "Scores a second that were written to the record and answered; and open connections to "
            "the live events.",
            Query(
                f"sum by (domain) (rate(weir_recorded_total{{{DOMAIN}}}[$__rate_interval]))",
                "{{domain}} scores/s",
            ),
            Query('sum(weir_live_listeners{job="weir-api"})', "listeners"),
            unit="short",
            least=0,
            width=6,
        ),
    ]


def _trouble() -> list[Panel]:
    return [
        number(
            "Redis retries, 5 min",
            "Attempts to reach Redis that workers have repeated. Nothing is committed meanwhile, "
            "and nothing is lost.",
            Query(f"domain:weir_redis_retries:increase5m{{{DOMAIN}}}", "{{domain}}"),
            unit="none",
            limits=Limits(1, 4),
            decimals=0,
        ),
        number(
            "Fenced off, 1 hour",
            "Commits that were refused because another worker had taken over. Once at a takeover "
            "is as it should be.",
            Query(f"domain:weir_fenced:increase1h{{{DOMAIN}}}", "{{domain}}"),
            unit="none",
            limits=Limits(3),
            decimals=0,
        ),
        number(
            "Not recorded, 5 min",
            "Scores that were not answered because they could not be written to the record.",
            Query("job:weir_record_failures:increase5m", "scores"),
            unit="none",
            limits=Limits(bad=1),
            decimals=0,
        ),
        number(
            "Learnt twice, refused",
            "Examples seen again and not learnt again, since the learner began: after a restart "
            "some are expected.",
            Query(
                f"sum by (domain) (weir_learner_skipped_total{{{DOMAIN}}}) "
                f"or 0 * domain:weir_learner_active:sum{{{DOMAIN}}}",
                "{{domain}}",
            ),
            unit="none",
            decimals=0,
        ),
        rows(
            "Who serves which model",
            "The model version of each process. They differ for about a second after each new "
            "version.",
            table(f"weir_model_info{{{DOMAIN}}}"),
            hidden=("Value",),
            renamed={
                "domain": "Domain",
                "instance": "Process",
                "job": "Kind",
                "version": "Version",
            },
            height=4,
        ),
    ]
