"""`tag`: an element of HTML or SVG as text, its attributes escaped."""

from __future__ import annotations

import math

from firth.measure.page import escape

__all__ = ["place", "tag"]


def tag(name: str, *inside: str, **attributes: object) -> str:
    """An element; what is inside is markup and already safe, the values of attributes are made so.

    An underscore in the name of an attribute stands for a hyphen, one at its end for nothing: class_="x".
    None and False leave an attribute out, True gives it without a value; fractions are rounded to hundredths.

    >>> tag("circle", cx=1 / 3, class_="dot", text_anchor=None)
    '<circle cx="0.33" class="dot"></circle>'
    """
    said = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        written = key.rstrip("_").replace("_", "-")
        said.append(f" {written}" if value is True else f' {written}="{_value(value)}"')
    return f"<{name}{''.join(said)}>{''.join(inside)}</{name}>"


def place(value: float) -> str:
    """A place on the page to a hundredth, which no eye tells from more; 0 for what is not finite."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if math.isfinite(value) else "0"


def _value(value: object) -> str:
    return place(value) if isinstance(value, float) else escape.attribute(value, most=2000)
