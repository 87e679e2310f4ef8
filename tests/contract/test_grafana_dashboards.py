"""The dashboards: as the script builds them, as Grafana wants them, and fit to be read."""

import re
from itertools import combinations
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.build.every import texts
from grafana.build.page import COLUMNS
from tests import monitoring
from tests.promql import selectors

PAGES = monitoring.dashboards()
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())

#: Grafana's own, and those of every dashboard here.
_OWN_VARIABLES = {"__rate_interval", "__range", "datasource"}


def test_what_is_committed_is_what_make_dashboards_writes() -> None:
    committed = {path.name: path.read_text() for path in monitoring.DASHBOARDS.iterdir()}
    assert committed == texts()


@each_page
def test_the_schema_of_grafana_reads_it(page: dict[str, Any]) -> None:
    read = Dashboard.from_json(page)
    assert read.title == page["title"]
    assert len(read.panels or []) == len(page["panels"])


@each_page
def test_it_has_what_a_dashboard_needs(page: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z-]{8,40}", page["uid"])
    assert page["title"].startswith("Weir / ")
    assert page["description"]
    assert re.fullmatch(r"now-\d+h", page["time"]["from"])
    assert re.fullmatch(r"\d+[sm]", page["refresh"])
    assert page["tags"] == ["weir"]
    (link,) = page["links"]
    assert (link["tags"], link["keepTime"], link["includeVars"]) == (["weir"], True, True)
    names = [variable["name"] for variable in page["templating"]["list"]]
    assert names[:2] == ["datasource", "domain"]
    assert all(variable["description"] for variable in page["templating"]["list"])


def test_dashboards_have_addresses_of_their_own() -> None:
    assert len({page["uid"] for page in PAGES.values()}) == len(PAGES) == 5


@each_page
def test_panels_have_numbers_of_their_own_and_do_not_overlap(page: dict[str, Any]) -> None:
    numbers = [panel["id"] for panel in page["panels"]]
    assert len(set(numbers)) == len(numbers)
    places = [panel["gridPos"] for panel in page["panels"]]
    for place in places:
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= COLUMNS
    for one, other in combinations(places, 2):
        apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_x or apart_y, (one, other)


@each_page
def test_it_can_be_read_on_a_laptop(page: dict[str, Any]) -> None:
    assert len(monitoring.panels(page)) <= 22
    assert page["panels"][0]["type"] == "row"
    titles = [panel["title"] for panel in page["panels"] if panel["type"] == "row"]
    assert all(titles)
    assert all(panel["gridPos"]["w"] >= 4 for panel in monitoring.panels(page))


@each_page
def test_every_panel_says_what_it_shows_in_which_unit(page: dict[str, Any]) -> None:
    for panel in monitoring.panels(page):
        title = panel["title"]
        assert len(panel["description"]) > 20, title
        assert panel["description"].rstrip()[-1] == ".", title
        assert panel["fieldConfig"]["defaults"]["unit"], title
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] is None, title
        steps = [s["value"] for s in panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1:]]
        assert steps == sorted(steps), title


@each_page
def test_every_query_is_whole(page: dict[str, Any]) -> None:
    for panel in monitoring.panels(page):
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert [target["refId"] for target in panel["targets"]] == [
            chr(ord("A") + number) for number in range(len(panel["targets"]))
        ]
        for target in panel["targets"]:
            assert target["datasource"] == panel["datasource"]
            assert target["expr"]
            assert target["instant"] != target["range"]
            if target["format"] != "table":
                assert target["legendFormat"] not in {"", "__auto"}, panel["title"]


@each_page
def test_queries_use_only_variables_that_there_are(page: dict[str, Any]) -> None:
    declared = {variable["name"] for variable in page["templating"]["list"]} | _OWN_VARIABLES
    used = set()
    for panel in monitoring.panels(page):
        for target in panel["targets"]:
            used |= set(re.findall(r"\$(\w+)", target["expr"]))
    assert used <= declared
    queried = {variable["name"] for variable in monitoring.variables(page)}
    assert queried <= used, "a variable that nothing uses"


@each_page
def test_what_has_a_domain_can_be_chosen_by_it(page: dict[str, Any]) -> None:
    known = monitoring.known(monitoring.recorded())
    for panel in monitoring.panels(page):
        for target in panel["targets"]:
            found = selectors(target["expr"])
            with_domain = [s for s in found if "domain" in known[s.name]]
            assert not with_domain or any("domain" in s.labels for s in with_domain), target["expr"]


def test_grafana_is_told_where_prometheus_and_the_dashboards_are() -> None:
    folder = monitoring.ROOT / "grafana" / "provisioning"
    (source,) = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    for page in PAGES.values():
        chosen = page["templating"]["list"][0]["current"]
        assert (chosen["value"], chosen["text"]) == (source["uid"], source["name"])
    (provider,) = yaml.safe_load((folder / "dashboards" / "weir.yml").read_text())["providers"]
    assert provider["options"]["path"] == "${WEIR_DASHBOARDS}"
