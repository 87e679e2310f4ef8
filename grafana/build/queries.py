"""What panels ask Prometheus: PromQL and how its series are named."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

#: The Prometheus that the variable at the top of each dashboard names.
PROMETHEUS = DataSourceRef("prometheus", "${datasource}")

#: Selects the domains that are chosen at the top; the same and what is about no domain.
DOMAIN = 'domain=~"$domain"'
DOMAIN_OR_ALL = 'domain=~"$domain|all"'
_MODELS = f'{DOMAIN}, model=~"$model"'


@dataclass(frozen=True)
class Query:
    """A query of a panel.

    Attributes:
        expr: PromQL.
        legend: name of each series, with ``{{label}}``; the legend of a table is its labels.
        instant: ask for now only, not for the whole time range.
        shape: ``time_series``, ``table``, or ``heatmap`` for the buckets of a histogram.
    """

    expr: str
    legend: str = ""
    instant: bool = False
    shape: PromQueryFormat = PromQueryFormat.TIME_SERIES

    def target(self, number: int) -> Dataquery:
        """Return it as Grafana has it, as the panel's first (0), second (1), ..."""
        query = (
            Dataquery()
            .datasource(PROMETHEUS)
            .ref_id(chr(ord("A") + number))
            .expr(self.expr)
            .format(self.shape)
            .legend_format(self.legend or "__auto")
        )
        return query.instant() if self.instant else query.range()


def table(expr: str) -> Query:
    """Return a query for a table: a row for each series that there is now."""
    return Query(expr, instant=True, shape=PromQueryFormat.TABLE)


def learner(metric: str, labels: str = DOMAIN) -> str:
    """Return the series of the workers that learn now.

    A worker that learnt before another one took over keeps its last figures; they do not count.
    """
    return f"({metric}{{{labels}}} and on (domain, job, instance) weir_learner_active == 1)"


def figure(name: str) -> str:
    """Return a model's figure, by domain, model and age, of the models that are chosen."""
    return f"max by (domain, model, age) {learner(name, _MODELS)}"


def mean(histogram: str, by: str = "domain") -> str:
    """Return the mean of what a histogram has observed lately."""
    rates = [
        f"sum by ({by}) (rate({histogram}_{part}{{{DOMAIN}}}[$__rate_interval]))"
        for part in ("sum", "count")
    ]
    return " / ".join(rates)


def quantile(q: float, histogram: str, labels: str, by: str) -> str:
    """Return a quantile of what a histogram has observed lately."""
    rate = f"rate({histogram}_bucket{{{labels}}}[$__rate_interval])"
    return f"histogram_quantile({q}, sum by (le, {by}) ({rate}))".replace(", )", ")")
