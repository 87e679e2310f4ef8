"""What a docstring says of the attributes of its class."""

import inspect
import re

#: An attribute, and the lines that go on with it.
_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.+(?:\n {5,}.+)*)", re.MULTILINE)


def attributes(docstring: str | None) -> dict[str, str]:
    """Return the meaning of each attribute in a Google style docstring, by name."""
    _, _, section = inspect.cleandoc(docstring or "").partition("\nAttributes:\n")
    section = re.split(r"\n(?=\S)", section)[0]
    return {name: " ".join(text.split()) for name, text in _ATTRIBUTE.findall(section)}


def summary(docstring: str | None) -> str:
    """Return what a docstring says before its sections, as one line."""
    text = re.split(r"\n\n?(?=[A-Z]\w+:\n)", inspect.cleandoc(docstring or ""))[0]
    return " ".join(text.split())
