"""MLflow's own pages in a browser, with what the trainer has put there: runs, a plot, registry."""

from playwright.sync_api import Browser, Page, expect

from stream.adapters.mlflow_library import MlflowClient, Run
from stream.embedded.mlflow_server import pages

WIDTH, HEIGHT = 1280, 800

#: ms; a loaded machine may take its time.
_PATIENCE = 120_000

#: Else MLflow opens its assistant over a third of the first page that it shows.
_NO_ASSISTANT = "localStorage['mlflow.assistant.fab.autoOpenedOnFirstLoad_v1'] = 'true'"


class MlflowPages:
    """The pages about one domain.

    Args:
        browser: shows them.
        url: of the server.
        domain: with at least one retraining that has chosen a candidate.
    """

    def __init__(self, browser: Browser, url: str, domain: str) -> None:
        self._page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB", timezone_id="UTC"
        )
        self._page.add_init_script(_NO_ASSISTANT)
        self._url, self._domain = url, domain
        client = MlflowClient(url)
        experiment = client.get_experiment_by_name(f"weir/{domain}")
        assert experiment is not None
        self._experiment = str(experiment.experiment_id)
        chosen = client.search_runs([self._experiment], "tags.`weir.chosen` = 'yes'")
        self._candidate: Run = chosen[0]
        self._retraining: Run = client.get_run(self._candidate.data.tags["mlflow.parentRunId"])
        self._page.goto(pages(url))

    def runs(self) -> Page:
        """Show the newest retraining with its candidates, and how they compare."""
        page = self._open(f"experiments/{self._experiment}/runs", "&compareRunsMode=CHART")
        name = self._retraining.info.run_name
        row = page.locator("[role=row]").filter(has_text=name).first
        row.locator("button").first.click(timeout=_PATIENCE)
        expect(page.get_by_text(self._candidate.info.run_name).first).to_be_visible()
        expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=_PATIENCE)
        return page

    def calibration(self) -> Page:
        """Show a plot of the candidate that was chosen: how right its chances were."""
        run = f"experiments/{self._experiment}/runs/{self._candidate.info.run_id}"
        page = self._open(f"{run}/artifacts/calibration.png")
        expect(page.locator("img[src^='blob:']").first).to_be_visible(timeout=_PATIENCE)
        return page

    def registry(self) -> Page:
        """Show the versions with their aliases, on a page that is long enough for all of them."""
        page = self._open(f"models/weir-{self._domain}")
        page.set_viewport_size({"width": WIDTH, "height": 2 * HEIGHT})
        for alias in ("champion", "challenger"):
            expect(page.get_by_text(f"@ {alias}").first).to_be_visible(timeout=_PATIENCE)
        return page

    def _open(self, place: str, more: str = "") -> Page:
        self._page.goto(f"{self._url}/#/{place}?workflowType=machine_learning{more}")
        return self._page
