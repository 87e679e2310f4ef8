"""A notebook, run and made a page of the docs: its text, its tables, its figures as files."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import papermill
from nbconvert import MarkdownExporter
from nbconvert.preprocessors import ExtractOutputPreprocessor, TagRemovePreprocessor
from nbformat import NotebookNode
from traitlets.config import Config

HERE = Path(__file__).parent

#: The notebooks, by domain.
NOTEBOOKS = {path.stem: path for path in sorted(HERE.glob("*.ipynb"))}

#: Where their pages are committed.
PAGES = HERE.parent / "docs" / "notebooks"

#: The tag of the cell whose output is the notebook's figures, for machines.
_SUMMARY = "summary"


class Page(NamedTuple):
    """A rendered notebook.

    Attributes:
        text: Markdown.
        figures: pictures, by the file names that the text has.
    """

    text: str
    figures: dict[str, bytes]


class ByCell(ExtractOutputPreprocessor):
    """Names figures by the cells that draw them, so that a new cell renames no others."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> Any:
        """Return the cell, its figures taken out into the resources."""
        resources["unique_key"] = f"{resources['metadata']['name']}-{cell['id']}"
        return super().preprocess_cell(cell, resources, cell_index)  # type: ignore[no-untyped-call]  # has no types


def execute(
    domain: str, parameters: Mapping[str, object], kept: Path | None = None
) -> NotebookNode:
    """Run a domain's notebook from a clean kernel, and return it with its outputs.

    Args:
        domain: whose.
        parameters: of its first cell, in place of those that stand there.
        kept: the notebook with its outputs is written there; None for nowhere.

    Raises:
        papermill.PapermillExecutionError: a cell failed.
    """
    with tempfile.TemporaryDirectory() as place:
        path = kept or Path(place) / f"{domain}.ipynb"
        papermill.execute_notebook(
            NOTEBOOKS[domain],
            path,
            dict(parameters),
            progress_bar=kept is not None,
            cwd=HERE.parent,
        )
        run: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # has no types
        return run


def render(notebook: NotebookNode, domain: str) -> Page:
    """Return a notebook, with its outputs, as a page."""
    config = Config(
        {
            "ExtractOutputPreprocessor": {"enabled": False},
            "ByCell": {"enabled": True, "output_filename_template": "{unique_key}{extension}"},
            "TagRemovePreprocessor": {
                "enabled": True,
                "remove_cell_tags": [_SUMMARY, "injected-parameters"],
            },
            "NbConvertBase": {
                "display_data_priority": ["text/markdown", "image/png", "text/plain"]
            },
        }
    )
    exporter = MarkdownExporter(  # type: ignore[no-untyped-call]  # has no types
        config=config,
        template_name="page",
        extra_template_basedirs=[str(HERE / "template")],
        preprocessors=[TagRemovePreprocessor, ByCell],
    )
    text, resources = exporter.from_notebook_node(
        notebook, resources={"metadata": {"name": domain}}
    )
    return Page(text.strip() + "\n", resources.get("outputs", {}))


def summary(notebook: NotebookNode) -> dict[str, Any]:
    """Return the figures that a run notebook ends with."""
    for cell in notebook.cells:
        if _SUMMARY in cell.metadata.get("tags", []):
            found: dict[str, Any] = cell.outputs[-1].data["application/json"]
            return found
    raise LookupError("the notebook has no cell with the tag 'summary'")
