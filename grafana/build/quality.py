"""Model quality: how right the predictions were, and how right they will prove."""

from grafana_foundation_sdk.models.dashboard import Panel

from grafana.build.limits import NEUTRAL, Limits
from grafana.build.marks import DECISIONS
from grafana.build.page import Choice, Page, Row
from grafana.build.panels import lines, number
from grafana.build.queries import DOMAIN, Query, figure, learner, table
from grafana.build.tables import rows

_WINDOW = "Over the newest 2,000 labels of each model and age."


def page() -> Page:
    """Return the dashboard."""
    return Page(
        "weir-quality",
        "Weir / Model quality",
        "How right the predictions were, judged by their own labels; and before those come, how "
        "right the scores themselves let expect them to be.",
        [
            Row("Now", _now()),
            Row("Chances: champion against challengers", _chances()),
            Row("Amounts: champion against challengers, by age", _amounts()),
            Row("Before labels come: estimated against realised", _estimated()),
        ],
        choices=[
            Choice(
                "model",
                "Model",
                "Which recipes to compare; the first table says which one scores.",
                f"label_values(weir_prequential_labels{{{DOMAIN}}}, model)",
            ),
            Choice(
                "version",
                "Version",
                "Which of the versions that serve now to show in the table.",
                f"query_result(weir_model_info{{{DOMAIN}}})",
                regex='/version="([^"]+)"/',
            ),
        ],
        marks=[DECISIONS],
        since="now-6h",
        refresh="30s",
    )


def _now() -> list[Panel]:
    return [
        rows(
            "The champion and its version",
            "Which recipe scores, with how many examples learnt (after the @), in which process.",
            table(f'weir_model_info{{{DOMAIN}, version=~"$version"}}'),
            hidden=("Value",),
            renamed={
                "domain": "Domain",
                "instance": "Process",
                "job": "Kind",
                "version": "Version",
            },
            height=5,
        ),
        number(
            "AUC, Gini",
            f"Of the champion: AUC of chances, normalised Gini of amounts. {_WINDOW}",
            Query(f"domain_model_age:weir_champion_auc:max{{{DOMAIN}}}", "{{domain}} AUC"),
            Query(
                f"domain_model_age:weir_champion_gini:max{{{DOMAIN}}}", "{{domain}} Gini {{age}}"
            ),
            unit="none",
            decimals=3,
            width=6,
            height=5,
        ),
        number(
            "Labels in the figures",
            f"How many labels the figures stand on, and how many of them are positive. {_WINDOW} "
            "With fewer than 50 positives no alert judges them.",
            Query(f"max by (domain) {learner('weir_prequential_labels')}", "{{domain}} labels"),
            Query(
                f"max by (domain) {learner('weir_prequential_positives')}", "{{domain}} positive"
            ),
            unit="none",
            decimals=0,
            width=5,
            height=5,
        ),
        number(
            "Label delay",
            "Event time from a prediction until its label was learnt, mean over the newest labels: "
            "so old is what the realised figures tell. And how far the newest label is behind the "
            "events (at 2 days there is a ticket).",
            Query(f"max by (domain) {learner('weir_label_delay_seconds')}", "{{domain}} delay"),
            Query(f"domain:weir_label_age_seconds:max{{{DOMAIN}}}", "{{domain}} behind"),
            unit="s",
            width=5,
            height=5,
        ),
        lines(
            "Line-up and decisions",
            "How many models there are (champion, challengers, former champion), and what was "
            "decided about them since the learner's process began; each decision is also a mark "
            "in every panel. `stream decisions --domain D` says why.",
            Query(
                f"count by (domain) (max by (domain, model) {learner('weir_prequential_labels')})",
                "{{domain}} models",
            ),
            Query(
                f"sum by (domain, kind) {learner('weir_decisions_total')} > 0",
                "{{domain}} {{kind}}",
            ),
            unit="short",
            decimals=0,
            least=0,
            width=24,
            height=6,
        ),
    ]


def _compared(
    title: str,
    what: str,
    name: str,
    unit: str = "none",
    limits: Limits = NEUTRAL,
    *,
    by_age: bool = False,
) -> Panel:
    legend = "{{domain}} {{model}} {{age}}" if by_age else "{{domain}} {{model}}"
    return lines(
        title,
        f"{what} {_WINDOW}",
        Query(figure(f"weir_prequential_{name}"), legend),
        unit=unit,
        limits=limits,
        decimals=None if unit == "percentunit" else 3,
    )


def _chances() -> list[Panel]:
    return [
        _compared(
            "AUC",
            "The chance that somebody with the outcome was ranked above somebody without: 0.5 is "
            "chance, 1 perfect.",
            "auc",
            limits=Limits(0.55, falling=True),
        ),
        lines(
            "PR-AUC, over the base rate",
            "Average precision less the share of positives, which is what chance gives: above 0 "
            f"the model finds them. {_WINDOW}",
            Query(
                f"{figure('weir_prequential_pr_auc')} - {figure('weir_prequential_base_rate')}",
                "{{domain}} {{model}}",
            ),
            unit="none",
            decimals=3,
        ),
        _compared(
            "Log loss",
            "Mean negative log likelihood of what came, in nats: less is better, and confident "
            "errors cost most.",
            "log_loss",
        ),
        _compared(
            "Calibration error",
            "Mean distance between what was predicted and what came, over 15 groups (ECE). At 6% "
            "there is a ticket.",
            "ece",
            "percentunit",
            Limits(0.06),
        ),
        lines(
            "Predicted and realised rate",
            f"Mean prediction against the share of positives that came. {_WINDOW}",
            Query(
                f"{figure('weir_prequential_mean_prediction')} "
                f"and {figure('weir_prequential_base_rate')}",
                "{{domain}} {{model}} predicted",
            ),
            Query(
                f"max by (domain) {learner('weir_prequential_base_rate')}", "{{domain}} realised"
            ),
            unit="percentunit",
            least=0,
        ),
        _compared(
            "Lift in the top tenth",
            "How many times more outcomes there are in the tenth with the highest predictions than "
            "in all: 1 is chance, 10 the most.",
            "lift_top_decile",
        ),
    ]


def _amounts() -> list[Panel]:
    return [
        _compared(
            "Normalised Gini",
            "How well amounts are ranked: 0 as chance, 1 as the amounts themselves.",
            "gini",
            limits=Limits(0.05, falling=True),
            by_age=True,
        ),
        _compared(
            "Bias",
            "Predicted over true sum, less 1. At 30% either way there is a ticket.",
            "bias",
            "percentunit",
            Limits(0.3),
            by_age=True,
        ),
        lines(
            "Mean error, over the mean amount",
            f"Mean absolute error over the mean amount: 1 is as wrong as predicting 0. {_WINDOW}",
            Query(
                f"{figure('weir_prequential_mae')} / ({figure('weir_prequential_mean_label')} > 0)",
                "{{domain}} {{model}} {{age}}",
            ),
            unit="none",
            decimals=2,
            least=0,
        ),
        _compared(
            "Calibration error by tenth",
            "Mean over ten groups of how far the predicted sum is from the true one, relative to "
            "that.",
            "decile_mape",
            "percentunit",
            by_age=True,
        ),
        _compared(
            "Share of the top tenth",
            "Share of all that came that the tenth with the highest predictions brought.",
            "top_decile_share",
            "percentunit",
            by_age=True,
        ),
        _compared(
            "Rank correlation",
            "Spearman's, with average ranks for equal values; most amounts are equal, at 0, so "
            "Gini tells more.",
            "spearman",
            by_age=True,
        ),
    ]


def _against(title: str, what: str, name: str, unit: str = "none") -> Panel:
    champion = f"and on (domain, model) domain_model:weir_champion:group{{{DOMAIN}}}"
    return lines(
        title,
        f"{what} Estimated from the newest scores, whose labels are still to come; realised on the "
        "newest labels, which are of predictions a label delay ago. Lines that part foretell what "
        "labels will show.",
        Query(f"{figure(f'weir_estimated_{name}')}", "{{domain}} {{age}} estimated"),
        Query(f"{figure(f'weir_prequential_{name}')} {champion}", "{{domain}} {{age}} realised"),
        unit=unit,
        decimals=3 if unit == "none" else None,
    )


def _estimated() -> list[Panel]:
    return [
        _against("AUC", "Ranking of chances.", "auc"),
        _against("Log loss", "Of chances, in nats.", "log_loss"),
        _against("Normalised Gini", "Ranking of amounts.", "gini"),
        _against("Mean prediction", "Chances, or amounts.", "mean_prediction"),
        lines(
            "Snapshots in the estimate",
            "How many of the newest snapshots the estimated figures stand on; their labels are "
            "still to come.",
            Query(
                f"max by (domain, age) {learner('weir_estimated_snapshots')}", "{{domain}} {{age}}"
            ),
            unit="short",
            least=0,
        ),
    ]
