"""A dashboard: rows of panels, laid out on the grid, with the variables and links that all have."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    AnnotationContainer,
    AnnotationQuery,
    Dashboard,
    DashboardCursorSync,
    DashboardDashboardTemplating,
    DashboardDashboardTime,
    DashboardLink,
    DashboardLinkType,
    GridPos,
    Panel,
    RowPanel,
    VariableModel,
    VariableOption,
    VariableRefresh,
    VariableSort,
    VariableType,
)

from grafana.build.queries import PROMETHEUS

#: Columns of Grafana's grid.
COLUMNS = 24

#: Every dashboard has it, and links to the others by it.
TAG = "weir"


@dataclass(frozen=True)
class Choice:
    """A variable at the top of a dashboard, whose values Prometheus knows.

    Attributes:
        name: as queries have it, after ``$``.
        label: as people see it.
        description: what choosing does.
        query: Grafana's ``label_values(...)`` or ``query_result(...)``.
        regex: what of each result is the value; all of it if empty.
        chosen: values at first; all if empty.
        by_number: sort values as numbers.
    """

    name: str
    label: str
    description: str
    query: str
    regex: str = ""
    chosen: tuple[str, ...] = ()
    by_number: bool = False

    def variable(self) -> VariableModel:
        """Return it as Grafana has it."""
        chosen = list(self.chosen)
        return VariableModel(
            VariableType.QUERY,
            self.name,
            self.label,
            description=self.description,
            query={"qryType": 5, "query": self.query, "refId": f"variable-{self.name}"},
            definition=self.query,
            datasource=PROMETHEUS,
            regex=self.regex,
            current=VariableOption(text=chosen or ["All"], value=chosen or ["$__all"]),
            multi=True,
            include_all=True,
            all_value=".*",
            refresh=VariableRefresh.ON_TIME_RANGE_CHANGED,
            sort=VariableSort.NUMERICAL_ASC if self.by_number else VariableSort.ALPHABETICAL_ASC,
        )


#: Which domains to look at; every dashboard has it.
DOMAINS = Choice(
    "domain",
    "Domain",
    "Which domains to look at.",
    "label_values(weir_model_info, domain)",
)


@dataclass(frozen=True)
class Mark:
    """Events that are drawn into every panel over time.

    Attributes:
        name: what they are.
        expr: PromQL: an event while there is a series.
        title: of an event, with ``{{label}}``.
        text: likewise.
        colour: of the line.
    """

    name: str
    expr: str
    title: str
    text: str
    colour: str

    def annotation(self) -> AnnotationQuery:
        """Return it as Grafana has it."""
        target = Dataquery().datasource(PROMETHEUS).ref_id("Anno").expr(self.expr).range()
        return AnnotationQuery(
            self.name,
            PROMETHEUS,
            icon_color=self.colour,
            target=target.interval("1m").build(),
            expr=self.expr,
            step="1m",
            title_format=self.title,
            text_format=self.text,
        )


@dataclass(frozen=True)
class Row:
    """A row with a title, and its panels from left to right, then down."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Page:
    """A dashboard.

    Attributes:
        uid: in its address, after ``/d/``.
        title: as people see it.
        description: what it answers.
        rows: from top to bottom.
        choices: its variables, after those that all have.
        marks: its annotations.
        since: how far it looks back at first.
        refresh: how often it asks again.
    """

    uid: str
    title: str
    description: str
    rows: Sequence[Row]
    choices: Sequence[Choice] = ()
    marks: Sequence[Mark] = ()
    since: str = "now-1h"
    refresh: str = "10s"


def to_text(page: Page) -> str:
    """Return the dashboard's JSON as it is committed."""
    plain = json.loads(JSONEncoder().encode(_dashboard(page)))
    for part in [*plain["links"], *plain["annotations"]["list"]]:
        del part["placement"]  # into view, not into a menu
    return json.dumps(plain, indent=2, sort_keys=True) + "\n"


def _dashboard(page: Page) -> Dashboard:
    return Dashboard(
        uid=page.uid,
        title=page.title,
        description=page.description,
        tags=[TAG],
        timezone="browser",
        editable=True,
        graph_tooltip=DashboardCursorSync.CROSSHAIR,
        time=DashboardDashboardTime(page.since, "now"),
        refresh=page.refresh,
        panels=_lay_out(page.rows),
        templating=DashboardDashboardTemplating(
            [_datasource(), *(choice.variable() for choice in (DOMAINS, *page.choices))]
        ),
        annotations=AnnotationContainer([mark.annotation() for mark in page.marks]),
        links=[
            DashboardLink(
                "Weir",
                DashboardLinkType.DASHBOARDS,
                tags=[TAG],
                tooltip="The other dashboards, for the same time and domains",
                include_vars=True,
                keep_time=True,
            )
        ],
    )


def _datasource() -> VariableModel:
    return VariableModel(
        VariableType.DATASOURCE,
        "datasource",
        "Prometheus",
        description="Which Prometheus to ask.",
        query="prometheus",
        current=VariableOption(text="Prometheus", value="weir-prometheus"),
    )


def _lay_out(rows: Sequence[Row]) -> list[Panel | RowPanel]:
    """Number the panels, and place each to the right of the one before, or below."""
    placed: list[Panel | RowPanel] = []
    top = 0
    for row in rows:
        place = GridPos(h=1, w=COLUMNS, x=0, y=top)
        placed.append(RowPanel(title=row.title, grid_pos=place, id_val=len(placed) + 1))
        left, top, bottom = 0, top + 1, top + 1
        for panel in row.panels:
            size = panel.grid_pos or GridPos(h=7, w=8)
            if left + size.w > COLUMNS:
                left, top = 0, bottom
            panel.grid_pos = GridPos(h=size.h, w=size.w, x=left, y=top)
            panel.id_val = len(placed) + 1
            placed.append(panel)
            left, bottom = left + size.w, max(bottom, top + size.h)
        top = bottom
    return placed
