"""A real Prometheus on a real worker and API with traffic: every query there is gives data.

Queries of panels, annotations and variables, and the expressions of all rules. Of an alert, which
gives nothing while all is well, what it compares and combines must be there.
"""

import math
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from stream.embedded.ports import any_free
from stream.embedded.stack import LocalStack, Ports
from tests import monitoring
from tests.promql import operands

pytestmark = [
    pytest.mark.skipif(
        shutil.which("prometheus") is None,
        reason="prometheus is missing: apt-get install prometheus",
    ),
    pytest.mark.timeout(600),
]

#: What Grafana would put in the place of its variables, with everything chosen.
CHOSEN = {
    "domain": "(churn|revenue)",
    "__rate_interval": "1m",
    "__range": "5m",
    "high": "(0.01|0.02|0.03|0.05|0.1|0.5|1|2|5|10)",
}

#: Seconds that a query may take to give data, once the logs are sent: the worker has still to read
#: them to the drift, on a machine that has other things to do.
PATIENCE = 180.0

#: So many players that the drift in their log is found.
USERS = {"churn": 60, "revenue": 4500}


@dataclass(frozen=True)
class Site:
    """A stack, and the Prometheus that watches it."""

    stack: LocalStack
    url: str

    def ask(self, path: str, **params: str | float) -> Any:
        """What Prometheus answers, which must be no error and no warning."""
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=params, timeout=10).json()
        assert answer["status"] == "success", f"{params}: {answer.get('error')}"
        assert not answer.get("warnings"), f"{params}: {answer}"
        return answer["data"]

    def has_data(self, expr: str, *, instant: bool = True) -> bool:
        """Tell whether there is a value that is a number, now or in the last 3 minutes."""
        now = time.time()
        if instant:
            found = self.ask("query", query=expr, time=now)
        else:
            found = self.ask("query_range", query=expr, start=now - 180, end=now, step=5)
        if found["resultType"] == "scalar":
            return True
        values = [
            float(value)
            for series in found["result"]
            for _, value in series.get("values") or [series["value"]]
        ]
        return any(not math.isnan(value) for value in values)

    def use(self) -> None:
        """Ask the API for something of everything."""
        for domain in USERS:
            page = httpx.get(f"{self.stack.api_url}/v1/{domain}/users", params={"limit": 3}).json()
            for user in page["users"]:
                httpx.get(f"{self.stack.api_url}/v1/{domain}/users/{user['user_id']}")

    def wait_for(self, wanted: dict[str, Callable[[], bool]]) -> None:
        """Return when all hold; fail with the names of those that do not."""
        deadline = time.monotonic() + PATIENCE
        missing = wanted
        while missing:
            self.stack.check()
            self.use()
            missing = {name: holds for name, holds in missing.items() if not holds()}
            if missing and time.monotonic() > deadline:
                pytest.fail(f"{len(missing)} gave no data:\n" + "\n".join(missing))
            if missing:
                time.sleep(1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A stack that has had traffic of both domains, with a drift and with bad records in it."""
    folder = tmp_path_factory.mktemp("prometheus")
    quiet = {"retrain_schedule": "", "retrain_on_drift": "false"}
    with LocalStack(ports=Ports(0, 0, 0, 0), data_dir=folder, mlflow=False, values=quiet) as stack:
        makers = []
        for domain, users in USERS.items():
            log = folder / f"{domain}.jsonl"
            options = f"--users {users} --days 36 --drift-at 21 --seed 1 --defects 0.002".split()
            makers.append(replay(stack, "generate", "-d", domain, *options, "-o", str(log)))
        url = start_prometheus(stack, folder)
        finish(stack, makers)
        senders = [
            replay(
                stack, "send", str(folder / f"{domain}.jsonl"), "-d", domain, "--send-bad",
                "--sort-buffer", "0", "--allow-late",
            )
            for domain in USERS
        ]  # fmt: skip
        finish(stack, senders)
        for domain in USERS:  # there is no former champion: it is refused, which is a decision too
            command = [sys.executable, "-m", "stream", "rollback", "--domain", domain]
            asked = stack.spawn(f"rollback-{domain}", command)
            while asked.exit_code() is None:
                stack.check()
                time.sleep(0.2)
        yield Site(stack, url)


def replay(stack: LocalStack, command: str, *arguments: str) -> Any:
    return stack.spawn(command, [sys.executable, "-m", "replay", command, *arguments])


def finish(stack: LocalStack, children: list[Any]) -> None:
    while any(child.exit_code() is None for child in children):
        stack.check()
        time.sleep(0.2)
    for child in children:
        assert child.exit_code() == 0, child.epitaph()


def start_prometheus(stack: LocalStack, folder: Path) -> str:
    """Start it with the shipped configuration, only faster, and on these ports."""
    config = yaml.safe_load((monitoring.PROMETHEUS / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(monitoring.PROMETHEUS / path) for path in config["rule_files"]]
    here = f"127.0.0.1:{any_free()}"
    targets = {
        "weir-worker": [f"127.0.0.1:{port}" for port in stack.metrics_ports],
        "weir-api": [stack.api_url.removeprefix("http://")],
        "weir-trainer": [f"127.0.0.1:{stack.settings.trainer_metrics_port}"],
        "prometheus": [here],
    }
    config["scrape_configs"] = [
        {"job_name": job["job_name"], "static_configs": [{"targets": targets[job["job_name"]]}]}
        for job in config["scrape_configs"]
    ]
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    child = stack.spawn(
        "prometheus",
        [
            "prometheus",
            f"--config.file={path}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address={here}",
        ],
    )

    def ready() -> bool:
        try:
            return httpx.get(f"http://{here}/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    child.wait_until(ready, 30, stack.halt)
    return f"http://{here}"


def filled(expr: str) -> str:
    """The expression with everything chosen that can be chosen."""
    return re.sub(r"\$(\w+)", lambda match: CHOSEN.get(match[1], ".*"), expr)


def test_prometheus_reads_all_and_every_rule_works(site: Site) -> None:
    def all_are_up() -> bool:
        targets = site.ask("targets")["activeTargets"]
        return len(targets) == 4 and all(target["health"] == "up" for target in targets)

    def all_rules_work() -> bool:
        found = [rule for group in site.ask("rules")["groups"] for rule in group["rules"]]
        for rule in found:
            assert rule["health"] != "err", rule
        return len(found) == len(monitoring.rules()) and all(r["health"] == "ok" for r in found)

    site.wait_for({"targets": all_are_up, "rules": all_rules_work})


def test_every_rule_has_what_it_looks_at(site: Site) -> None:
    wanted: dict[str, Callable[[], bool]] = {}
    for rule in monitoring.rules():
        if "record" in rule:
            wanted[rule["record"]] = lambda name=rule["record"]: site.has_data(name)  # type: ignore[misc]
            continue
        site.ask("query", query=rule["expr"])
        for part in operands(rule["expr"]):
            # what there was some time ago is there now, in so short a test
            now = re.sub(r"offset \w+", "", part)
            wanted[f"{rule['alert']}: {now}"] = lambda expr=now: site.has_data(expr)  # type: ignore[misc]
    site.wait_for(wanted)


def test_every_panel_and_annotation_has_data(site: Site) -> None:
    site.wait_for(
        {
            f"{query.where}: {query.expr}": (
                lambda query=query: site.has_data(filled(query.expr), instant=query.instant)  # type: ignore[misc]
            )
            for query in monitoring.asked()
        }
    )


def test_every_variable_has_values(site: Site) -> None:
    def has_values(variable: dict[str, Any]) -> bool:
        label, expr = monitoring.variable_expr(variable)
        if label:
            return bool(site.ask(f"label/{label}/values", **{"match[]": filled(expr)}))
        found = site.ask("query", query=filled(expr))["result"]
        texts = [  # as Grafana writes them, for the regular expression
            "{" + ",".join(f'{name}="{value}"' for name, value in series["metric"].items()) + "}"
            for series in found
        ]
        pattern = variable["regex"].strip("/")
        return bool(texts) and all(re.search(pattern, text) for text in texts)

    site.wait_for(
        {
            f"{name}: ${variable['name']}": lambda variable=variable: has_values(variable)  # type: ignore[misc]
            for name, dashboard in monitoring.dashboards().items()
            for variable in monitoring.variables(dashboard)
        }
    )
