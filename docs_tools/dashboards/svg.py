"""SVG and HTML as text, and how wide a text is."""

from html import escape

#: Mean width of a letter of the page's font, over its size.
_WIDTH = 0.55


def tag(name: str, content: str = "", **attributes: str | float) -> str:
    """Return an element; ``_`` in the name of an attribute is ``-``.

    >>> tag("line", x1=0, y1=1.234, stroke_width=2)
    '<line x1="0" y1="1.23" stroke-width="2"></line>'
    """
    written = "".join(
        f' {key.strip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{content}</{name}>"


def text(x: float, y: float, content: str, size: float = 11, **attributes: str | float) -> str:
    """Return a text at a place."""
    return tag("text", escape(content), x=x, y=y, font_size=size, **attributes)


def picture(width: float, height: float, *parts: str) -> str:
    """Return an SVG of a size."""
    return tag("svg", "".join(parts), width=width, height=height)


def width_of(content: str, size: float) -> float:
    """Return about how wide a text is, in px."""
    return len(content) * size * _WIDTH


def shortened(content: str, size: float, room: float) -> str:
    """Return the text, or its beginning and three dots where there is no room for all."""
    fits = int(room / (size * _WIDTH))
    return content if len(content) <= fits else content[: max(1, fits - 1)].rstrip() + "…"


def _attribute(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
