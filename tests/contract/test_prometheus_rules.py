"""The rules: valid to Debian's promtool, tested both ways, explained, and about metrics we have."""

import re
import shutil
import subprocess
from itertools import chain
from typing import Any

import pytest
import yaml

from tests import monitoring
from tests.promql import selectors

TESTS = monitoring.ROOT / "tests" / "prometheus"

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is missing: apt-get install prometheus"
)


def promtool(*arguments: object) -> str:
    run = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def anchors() -> set[str]:
    """As GitHub and others make them of headings."""
    headings = re.findall(r"^#+ (.*)$", monitoring.RUNBOOK.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in headings}


def cases_of_alerts() -> list[dict[str, Any]]:
    files = [yaml.safe_load(path.read_text()) for path in sorted(TESTS.glob("*.yml"))]
    cases = chain.from_iterable(file["tests"] for file in files)
    return list(chain.from_iterable(case["alert_rule_test"] for case in cases))


@needs_promtool
@pytest.mark.parametrize("name", ["prometheus.yml", "local.yml"])
def test_promtool_accepts_the_configuration(name: str) -> None:
    assert "2 rule files found" in promtool("check", "config", monitoring.PROMETHEUS / name)


@needs_promtool
def test_promtool_accepts_the_rules() -> None:
    found = promtool("check", "rules", *sorted((monitoring.PROMETHEUS / "rules").glob("*.yml")))
    counts = [int(count) for count in re.findall(r"(\d+) rules found", found)]
    assert sum(counts) == len(monitoring.rules())


@needs_promtool
def test_alerts_fire_when_they_should_and_only_then() -> None:
    promtool("test", "rules", *sorted(TESTS.glob("*.yml")))


def test_every_alert_has_a_firing_and_a_quiet_test() -> None:
    names = {alert["alert"] for alert in monitoring.alerts()}
    tested = cases_of_alerts()
    assert {case["alertname"] for case in tested if case["exp_alerts"]} == names
    assert {case["alertname"] for case in tested if not case["exp_alerts"]} == names


def test_all_alerts_are_quiet_in_the_healthy_case() -> None:
    (case,) = yaml.safe_load((TESTS / "healthy.yml").read_text())["tests"]
    quiet = [t["alertname"] for t in case["alert_rule_test"] if t["exp_alerts"] == []]
    assert sorted(quiet) == sorted(alert["alert"] for alert in monitoring.alerts())


@pytest.mark.parametrize("alert", monitoring.alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_all_that_is_needed(alert: dict[str, Any]) -> None:
    labels, notes = alert["labels"], alert["annotations"]
    assert labels["severity"] in {"page", "ticket"}
    # that of the series, or one that says: of all
    by_domain = "domain" in labels or re.search(r"\bdomain(_\w+)?:weir|by \(domain", alert["expr"])
    assert by_domain
    assert notes["summary"].endswith(".")
    assert notes["description"].endswith(".")
    assert re.search(r"\d|\$value", notes["description"])
    path, _, anchor = notes["runbook_url"].partition("#")
    assert monitoring.ROOT / path == monitoring.RUNBOOK
    assert anchor == alert["alert"].lower()
    assert anchor in anchors()


def test_no_two_rules_have_a_name() -> None:
    names = [rule.get("alert") or rule["record"] for rule in monitoring.rules()]
    assert len(set(names)) == len(names)


def test_recording_rules_are_named_level_metric_operations() -> None:
    for name in monitoring.recorded():
        assert re.fullmatch(r"[a-z_]+:weir_[a-z_]+:[a-z0-9_]+", name)


def test_rules_and_panels_name_only_metrics_and_labels_that_are_declared() -> None:
    known = monitoring.known(monitoring.recorded())
    named = [(rule.get("alert") or rule["record"], rule["expr"]) for rule in monitoring.rules()]
    named += [(query.where, query.expr) for query in monitoring.asked()]
    for name, dashboard in monitoring.dashboards().items():
        for variable in monitoring.variables(dashboard):
            label, expr = monitoring.variable_expr(variable)
            (selector,) = selectors(expr)
            named.append((f"{name}: ${variable['name']}", expr))
            assert not label or label in known[selector.name], variable
    for where, expr in named:
        found = selectors(expr)
        assert found, where
        for selector in found:
            assert selector.name in known, f"{where}: {selector.name}"
            assert set(selector.labels) <= known[selector.name], f"{where}: {selector}"
