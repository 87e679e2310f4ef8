"""Write the reference pages."""

from docs_tools.reference.pages import PAGES, PLACE

for name, text in PAGES.items():
    (PLACE / f"{name}.md").write_text(text())
