"""Business: how many users are at risk, what is expected, and what came of what was expected."""

from grafana_foundation_sdk.models.dashboard import Panel

from grafana.build.page import Choice, Page, Row
from grafana.build.panels import for_each_domain, lines, number
from grafana.build.queries import DOMAIN, Query, learner, table
from grafana.build.tables import distribution, rows

_BANDS = f"max by (domain, above) (weir_users_by_score{{{DOMAIN}}})"
_HIGH = f'max by (domain, above) (weir_users_by_score{{{DOMAIN}, above=~"$high"}})'
_CHAMPION = f"and on (domain, model) domain_model:weir_champion:group{{{DOMAIN}}}"


def page() -> Page:
    """Return the dashboard."""
    return Page(
        "weir-business",
        "Weir / Business",
        "How many users are at risk, what is expected of all, and what came of what was expected. "
        "Of churn a score is the chance of leaving, and outcomes are cancellations; of revenue it "
        "is money, in the currency of the log.",
        [
            Row("Today", _today()),
            Row("Who is where", _bands()),
            Row("What was expected, and what came", _outcomes()),
        ],
        choices=[
            Choice(
                "high",
                "High from",
                "Which bands count as high: a band is named by its lower bound.",
                f"label_values(weir_users_by_score{{{DOMAIN}}}, above)",
                chosen=("0.5", "0.6", "0.7", "0.8", "0.9", "20", "50", "100", "200", "500", "1000"),
                by_number=True,
            )
        ],
        since="now-24h",
        refresh="1m",
    )


def _sum(metric: str) -> str:
    """Return the champion's sum, since its figures began."""
    return f"max by (domain, model, age) {learner(metric)} {_CHAMPION}"


def _lately(metric: str, span: str) -> str:
    """Return by how much the champion's sum has grown."""
    grown = f"delta({metric}{{{DOMAIN}}}[{span}])"
    active = "and on (domain, job, instance) weir_learner_active == 1"
    return f"sum by (domain, age) ({grown} {active} {_CHAMPION})"


def _today() -> list[Panel]:
    return [
        number(
            "Users scored",
            "Users in the ranking.",
            Query(f"sum by (domain) ({_BANDS})", "{{domain}}"),
            unit="short",
            width=5,
        ),
        number(
            "Users in the high bands",
            "Users whose score is in the bands chosen at the top: at high risk, or of high value.",
            Query(f"sum by (domain) ({_HIGH})", "{{domain}}"),
            unit="short",
            width=5,
        ),
        number(
            "Share in the high bands",
            "The same as a share of all ranked users.",
            Query(f"sum by (domain) ({_HIGH}) / sum by (domain) ({_BANDS})", "{{domain}}"),
            unit="percentunit",
            decimals=1,
            width=5,
        ),
        number(
            "Expected of all",
            "Sum of the scores, to the width of the bands: of chances how many outcomes are "
            "expected within the horizon, of amounts the revenue of the users' first days.",
            Query(f"max by (domain) (weir_score_sum{{{DOMAIN}}})", "{{domain}}"),
            unit="short",
            decimals=1,
            width=5,
        ),
        number(
            "Realised over predicted",
            "What came over what was predicted, over the time shown, of predictions whose label "
            "has come: 1 is right. Empty while no labels come.",
            Query(
                f"{_lately('weir_realised_sum', '$__range')} "
                f"/ ({_lately('weir_predicted_sum', '$__range')} > 0)",
                "{{domain}} {{age}}",
            ),
            unit="none",
            decimals=2,
            width=4,
        ),
    ]


def _bands() -> list[Panel]:
    return [
        for_each_domain(
            distribution(
                "Risk distribution now: $domain",
                "Ranked users by score: each bar from its bound on, to below the next one. To the "
                "right users are likelier to leave, or worth more. Bands are narrow where most "
                "users are.",
                table(_BANDS),
                "above",
                "Score from",
                unit="short",
                width=24,
                height=7,
            )
        ),
        rows(
            "Highest bands",
            "Users in each of the bands chosen at the top, the highest first. Who they are is at "
            "the API: GET /v1/{domain}/users, and on the live page.",
            table(_HIGH),
            renamed={"domain": "Domain", "above": "Score from", "Value": "Users"},
            highest="above",
        ),
        lines(
            "Users in the high bands",
            "Their number by domain.",
            Query(f"sum by (domain) ({_HIGH})", "{{domain}}"),
            unit="short",
            least=0,
        ),
        lines(
            "Expected of all",
            "Sum of the scores: outcomes, or revenue, that are expected.",
            Query(f"max by (domain) (weir_score_sum{{{DOMAIN}}})", "{{domain}}"),
            unit="short",
            least=0,
        ),
    ]


def _outcomes() -> list[Panel]:
    return [
        lines(
            "Predicted and realised, since the beginning",
            "Sums over all snapshots whose label has come: what the champion predicted, and what "
            "came. Outcomes of chances, revenue of amounts, by age where there are several.",
            Query(_sum("weir_predicted_sum"), "{{domain}} {{age}} predicted"),
            Query(_sum("weir_realised_sum"), "{{domain}} {{age}} realised"),
            unit="short",
            least=0,
            width=12,
        ),
        lines(
            "Realised over predicted, since the beginning",
            "1 is right, above 1 more came than was predicted.",
            Query(
                f"({_sum('weir_realised_sum')}) / ({_sum('weir_predicted_sum')} > 0)",
                "{{domain}} {{age}}",
            ),
            unit="none",
            decimals=2,
            least=0,
            width=6,
        ),
        lines(
            "Share of outcomes",
            "Of the newest 2,000 labels of the champion: how many had the outcome, or paid. And "
            "the mean amount.",
            Query(
                f"max by (domain, model, age) {learner('weir_prequential_base_rate')} {_CHAMPION}",
                "{{domain}} share",
            ),
            Query(
                f"max by (domain, model, age) {learner('weir_prequential_mean_label')} {_CHAMPION}",
                "{{domain}} {{age}} mean",
            ),
            unit="none",
            decimals=3,
            least=0,
            width=6,
        ),
    ]
