"""``stream domains``: what can be predicted here."""

import click
from rich.console import Console
from rich.table import Table

from models.domains import load, names


@click.command()
def domains() -> None:
    """List the installed domains: what each predicts, and with which models."""
    table = Table("domain", "predicts", "features", "champion", "challengers")
    for name in names():
        domain = load(name)
        champion, *others = (recipe.name for recipe in domain.recipes)
        features = str(len(domain.feature_names))
        table.add_row(name, domain.title, features, champion, ", ".join(others))
    Console().print(table)
