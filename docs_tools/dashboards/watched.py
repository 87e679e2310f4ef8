"""A Prometheus that watches a running Weir, at the pace of ``grafana/prometheus/local.yml``."""

from pathlib import Path

import httpx
import yaml

from stream.embedded.ports import any_free
from stream.embedded.stack import LocalStack

_FOLDER = Path(__file__).parents[2] / "grafana" / "prometheus"

#: Seconds between two scrapes, as the configuration says.
SCRAPE = 5.0


def watch(stack: LocalStack) -> str:
    """Start it, with the ports of the stack; return its address. It ends with the stack."""
    config = yaml.safe_load((_FOLDER / "local.yml").read_text())
    here = f"127.0.0.1:{any_free()}"
    targets = {
        "weir-worker": [f"127.0.0.1:{port}" for port in stack.metrics_ports],
        "weir-api": [stack.api_url.removeprefix("http://")],
        "weir-trainer": [f"127.0.0.1:{stack.settings.trainer_metrics_port}"],
        "prometheus": [here],
    }
    config["rule_files"] = [str(_FOLDER / path) for path in config["rule_files"]]
    for job in config["scrape_configs"]:
        job["static_configs"] = [{"targets": targets[job["job_name"]]}]
    path = stack.directory / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    command = [
        "prometheus",
        f"--config.file={path}",
        f"--storage.tsdb.path={stack.directory / 'prometheus'}",
        f"--web.listen-address={here}",
    ]
    child = stack.spawn("prometheus", command)
    child.wait_until(lambda: _is_ready(here), 30, stack.halt)
    return f"http://{here}"


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/-/ready").status_code == 200
    except httpx.TransportError:
        return False
