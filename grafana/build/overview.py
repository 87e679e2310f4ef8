"""Overview: is it well, at one glance?"""

from grafana_foundation_sdk.models.dashboard import Panel

from grafana.build.limits import Limits
from grafana.build.page import Page, Row
from grafana.build.panels import lines, number
from grafana.build.queries import DOMAIN, DOMAIN_OR_ALL, Query, table
from grafana.build.tables import rows


def page() -> Page:
    """Return the dashboard."""
    return Page(
        "weir-overview",
        "Weir / Overview",
        "Is it well, at one glance? Green is well; the other dashboards say more.",
        [
            Row("Is it well?", [*_processes(), *_stream(), *_models()]),
            Row("Lately", _lately()),
        ],
    )


def _processes() -> list[Panel]:
    return [
        number(
            "Alerts",
            "Alerts that fire now, of the chosen domains and of none. Pages want somebody at once, "
            "tickets in working hours; the table below names them, docs/operations.md says what "
            "to do.",
            Query(
                f'sum(ALERTS{{alertstate="firing", severity="page", {DOMAIN_OR_ALL}}}) '
                "or vector(0)",
                "pages",
            ),
            Query(
                f'sum(ALERTS{{alertstate="firing", severity="ticket", {DOMAIN_OR_ALL}}}) '
                "or vector(0)",
                "tickets",
            ),
            unit="none",
            limits=Limits(bad=1),
        ),
        number(
            "Processes",
            "Those that Prometheus can read. With no worker events wait, with no API nobody is "
            "answered, with no trainer nothing is retrained.",
            Query('sum(up{job="weir-worker"}) or vector(0)', "workers"),
            Query('sum(up{job="weir-api"}) or vector(0)', "APIs"),
            Query('sum(up{job="weir-trainer"}) or vector(0)', "trainers"),
            unit="none",
            limits=Limits(bad=1, falling=True),
        ),
        number(
            "Last sign of life",
            "How long ago a worker last said that it lives, as the API reads it in Redis. One "
            "comes every 2 seconds; at 60 somebody is called.",
            Query(
                f"time() - max by (domain) (weir_stream_pulse_seconds{{{DOMAIN}}})", "{{domain}}"
            ),
            unit="s",
            limits=Limits(15, 60),
            decimals=0,
        ),
    ]


def _stream() -> list[Panel]:
    return [
        number(
            "Records read",
            "Records read from Kafka a second, whatever became of them, over 5 minutes.",
            Query(f"domain:weir_records:rate5m{{{DOMAIN}}}", "{{domain}}"),
            unit="reqps",
        ),
        number(
            "Lag",
            "Records that wait in Kafka. Above 10,000 and growing, somebody is called.",
            Query(f"domain:weir_consumer_lag:sum{{{DOMAIN}}}", "{{domain}}"),
            unit="short",
            limits=Limits(10_000, 100_000),
        ),
        number(
            "Event to score, p99",
            "From an event's entry into Kafka to its score: 99 of 100 take less. At 10 s somebody "
            "is called. Empty while nothing is scored.",
            Query(f"domain:weir_event_to_score_seconds:p99_rate5m{{{DOMAIN}}} >= 0", "{{domain}}"),
            unit="s",
            limits=Limits(5, 10),
        ),
    ]


def _models() -> list[Panel]:
    return [
        number(
            "Unusable records",
            "Share of the records that go to the dead-letter topic. At 1% there is a ticket, at "
            "20% somebody is called, at 95% the worker stops. Empty while nothing is read.",
            Query(f"domain:weir_rejected:ratio_rate5m{{{DOMAIN}}}", "{{domain}}"),
            unit="percentunit",
            limits=Limits(0.01, 0.2),
        ),
        number(
            "Ranking of the champion",
            "AUC of chances (0.5 is chance, 1 is perfect), normalised Gini of amounts (0 is "
            "chance), by age where there are several, over the newest 2,000 labels.",
            Query(f"domain_model_age:weir_champion_auc:max{{{DOMAIN}}}", "{{domain}} AUC"),
            Query(
                f"domain_model_age:weir_champion_gini:max{{{DOMAIN}}}", "{{domain}} Gini {{age}}"
            ),
            unit="none",
            decimals=3,
            width=8,
        ),
        number(
            "Calibration of the champion",
            "How far predictions are from what came, over the newest 2,000 labels: expected error "
            "of chances (limit 6%), predicted over true sum of amounts less 1 (limit 30%).",
            Query(f"domain_model_age:weir_champion_ece:max{{{DOMAIN}}}", "{{domain}} error"),
            Query(f"domain_model_age:weir_champion_bias:max{{{DOMAIN}}}", "{{domain}} {{age}}"),
            unit="percentunit",
            decimals=1,
            width=8,
        ),
        number(
            "Model published",
            "How long ago the newest model version was published. While labels come, one is due "
            "every few seconds; after an hour without there is a ticket.",
            Query(f"time() - domain:weir_model_published_seconds:max{{{DOMAIN}}}", "{{domain}}"),
            unit="s",
            limits=Limits(900, 3600),
            decimals=0,
        ),
        number(
            "Drift alarms, 1 hour",
            "Shifts that the detectors have told within the hour: of the concept (predictions and "
            "outcomes no longer agree as before), of the data, of the share of outcomes.",
            Query(
                f"sum by (domain) (domain_kind:weir_drift_alarms:increase1h{{{DOMAIN}}})",
                "{{domain}}",
            ),
            unit="none",
            limits=Limits(1),
            decimals=0,
        ),
        number(
            "API errors",
            "Share of the requests to /v1 that were answered with 5xx, over 5 minutes. At 1% "
            "somebody is called. Empty while nobody asks.",
            Query("job:weir_api_errors:ratio_rate5m", "errors"),
            unit="percentunit",
            limits=Limits(0.001, 0.01),
        ),
    ]


def _lately() -> list[Panel]:
    return [
        rows(
            "What is wrong",
            "Alerts that fire, with their domain. Each has a section of its name in "
            "docs/operations.md. No row: nothing is wrong.",
            table(f'ALERTS{{alertstate="firing", {DOMAIN_OR_ALL}}}'),
            hidden=("Value", "alertstate", "job", "instance"),
            renamed={"alertname": "Alert", "severity": "For", "domain": "Domain"},
        ),
        lines(
            "Records read",
            "Records a second by domain.",
            Query(
                f"sum by (domain) (rate(weir_records_total{{{DOMAIN}}}[$__rate_interval]))",
                "{{domain}}",
            ),
            unit="reqps",
            least=0,
        ),
        lines(
            "Lag",
            "Records that wait in Kafka; the dashed lines are what the numbers above turn at.",
            Query(f"domain:weir_consumer_lag:sum{{{DOMAIN}}}", "{{domain}}"),
            unit="short",
            limits=Limits(10_000, 100_000),
            least=0,
        ),
        lines(
            "Event to score",
            "From an event's entry into Kafka to its score: half take less than p50, 99 of 100 "
            "less than p99.",
            Query(f"domain:weir_event_to_score_seconds:p50_rate5m{{{DOMAIN}}}", "{{domain}} p50"),
            Query(f"domain:weir_event_to_score_seconds:p99_rate5m{{{DOMAIN}}}", "{{domain}} p99"),
            unit="s",
            limits=Limits(5, 10),
            least=0,
        ),
        lines(
            "Ranking of the champion",
            "AUC of chances and normalised Gini of amounts, over the newest 2,000 labels.",
            Query(f"domain_model_age:weir_champion_auc:max{{{DOMAIN}}}", "{{domain}} AUC"),
            Query(
                f"domain_model_age:weir_champion_gini:max{{{DOMAIN}}}", "{{domain}} Gini {{age}}"
            ),
            unit="none",
            decimals=3,
        ),
        lines(
            "API requests",
            "Requests a second to /v1, and those of them that were answered with 5xx.",
            Query("job:weir_api_requests:rate5m", "all"),
            Query("job:weir_api_errors:rate5m", "5xx"),
            unit="reqps",
            least=0,
        ),
    ]
