"""The rules and dashboards as they are committed, for the tests."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stream.metrics import DEFINITIONS

ROOT = Path(__file__).parents[1]
PROMETHEUS, DASHBOARDS = ROOT / "grafana" / "prometheus", ROOT / "grafana" / "dashboards"
RUNBOOK = ROOT / "docs" / "operations.md"

#: What Prometheus itself makes, and their labels; ALERTS has those of the alert too.
_OWN = {"up": set[str](), "ALERTS": {"alertname", "alertstate", "severity", "domain"}}


@dataclass(frozen=True)
class Asked:
    """A query of a dashboard.

    Attributes:
        where: for people.
        expr: PromQL, with Grafana's variables.
        instant: asked for one moment, not for a time range.
    """

    where: str
    expr: str
    instant: bool


def rules() -> list[dict[str, Any]]:
    """All rules, recording and alerting."""
    found = []
    for path in sorted((PROMETHEUS / "rules").glob("*.yml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            found += group["rules"]
    return found


def alerts() -> list[dict[str, Any]]:
    """The alerting rules."""
    return [rule for rule in rules() if "alert" in rule]


def recorded() -> list[str]:
    """Names that the recording rules make."""
    return [rule["record"] for rule in rules() if "record" in rule]


def dashboards() -> dict[str, dict[str, Any]]:
    """The dashboards, by file name."""
    return {path.name: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """The panels of a dashboard, without its rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def variables(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """The variables of a dashboard whose values Prometheus knows."""
    return [v for v in dashboard["templating"]["list"] if v["type"] == "query"]


def asked() -> list[Asked]:
    """Every query of every panel and annotation."""
    found = []
    for name, dashboard in dashboards().items():
        for panel in panels(dashboard):
            found += [
                Asked(f"{name}: {panel['title']}", target["expr"], target.get("instant", False))
                for target in panel["targets"]
            ]
        found += [
            Asked(f"{name}: {mark['name']}", mark["target"]["expr"], instant=False)
            for mark in dashboard["annotations"]["list"]
        ]
    return found


def variable_expr(variable: dict[str, Any]) -> tuple[str, str]:
    """The label whose values a variable has, and of what; the label is empty for results."""
    text = variable["query"]["query"]
    if match := re.fullmatch(r"label_values\((.*), (\w+)\)", text):
        return match[2], match[1]
    match = re.fullmatch(r"query_result\((.*)\)", text)
    assert match, text
    return "", match[1]


def known(names_of_rules: list[str]) -> dict[str, set[str]]:
    """Labels of every metric that may be named: the declared, the recorded, Prometheus' own."""
    found = {name: labels | {"job", "instance"} for name, labels in _OWN.items()}
    for definition in DEFINITIONS:
        labels = {"job", "instance", *definition.labels}
        if definition.kind == "histogram":
            for suffix in ("bucket", "sum", "count"):
                found[f"weir_{definition.name}_{suffix}"] = labels | (
                    {"le"} if suffix == "bucket" else set()
                )
        else:
            found[f"weir_{definition.name}"] = labels
    return found | {name: set(name.partition(":")[0].split("_")) for name in names_of_rules}
