"""The pen: elements of SVG as text, scales from data to the page, and round numbers for the axes.

A picture is one `<svg>` with a title and a description for those who cannot see it. Colours and sizes of type
are in the style sheet, so that a picture is drawn once and looks right in light, in dark and on paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from firth.measure.page import escape
from firth.measure.page.markup import place, tag

__all__ = ["Frame", "Scale", "label", "number", "picture", "ticks"]


def label(x: float, y: float, words: object, *, role: str = "label", anchor: str | None = None) -> str:
    """A text at a place, its baseline at y; anchor "middle" or "end" where x is not its left end."""
    return tag("text", escape.text(words, most=80), x=x, y=y, class_=role, text_anchor=anchor)


def picture(
    width: float, height: float, body: Iterable[str], *, title: str, says: str, role: str = "chart"
) -> str:
    """The finished picture; it grows and shrinks with its place on the page.

    Args:
        width, height: of the drawing, in its own units.
        body: the elements.
        title: what it is, in a few words.
        says: what it shows, in a sentence, for those who cannot see it.
        role: the class of the style sheet.
    """
    return tag(
        "svg",
        tag("title", escape.text(title, most=200)),
        tag("desc", escape.text(says, most=600)),
        *body,
        viewBox=f"0 0 {place(width)} {place(height)}",
        class_=role,
        role="img",
        aria_label=f"{title}. {says}",
    )


@dataclass(frozen=True)
class Scale:
    """From a value to a place: linear, or logarithmic in the value."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """The place of a value; those outside are put at the border."""
        low, high, at = (
            (math.log(v) for v in (self.low, self.high, max(value, 1e-300)))
            if self.logarithmic
            else (self.low, self.high, value)
        )
        share = (at - low) / (high - low) if high > low else 0.5
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values along the scale; powers of ten on a logarithmic one."""
        if not self.logarithmic:
            return ticks(self.low, self.high, most)
        powers = range(math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9) + 1)
        step = max(1, math.ceil(len(powers) / most))
        return [10.0**power for power in powers[::step]]


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most so many round values from low to high: multiples of 1, 2 or 5 times a power of ten."""
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return [low] if math.isfinite(low) else []
    size = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 5, 10, 20):
        step = size * factor
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    return [round(i * step, 12) for i in range(first, last + 1)]


@dataclass(frozen=True)
class Frame:
    """The space within the axes of a picture, and its axes."""

    left: float
    top: float
    right: float
    bottom: float

    def across(
        self, scale: Scale, marks: Sequence[float], name: str, *, shown: Sequence[str] | None = None
    ) -> list[str]:
        """The axis below: a thin line at each mark, its number, and the name of what runs along it."""
        words = shown if shown is not None else [number(mark) for mark in marks]
        drawn = [
            tag("line", x1=scale(mark), x2=scale(mark), y1=self.top, y2=self.bottom, class_="grid")
            for mark in marks
        ]
        drawn += [
            label(scale(mark), self.bottom + 17, word, role="tick", anchor="middle")
            for mark, word in zip(marks, words, strict=True)
        ]
        middle = (self.left + self.right) / 2
        return [*drawn, label(middle, self.bottom + 38, name, role="axis", anchor="middle")]

    def upwards(
        self, scale: Scale, marks: Sequence[float], name: str, *, shown: Sequence[str] | None = None
    ) -> list[str]:
        """The axis on the left; its name stands above, where it is read without turning the head."""
        words = shown if shown is not None else [number(mark) for mark in marks]
        drawn = [
            tag("line", x1=self.left, x2=self.right, y1=scale(mark), y2=scale(mark), class_="grid")
            for mark in marks
        ]
        drawn += [
            label(self.left - 8, scale(mark) + 4, word, role="tick", anchor="end")
            for mark, word in zip(marks, words, strict=True)
        ]
        return [*drawn, label(0, self.top - 14, name, role="axis")]


def number(value: float) -> str:
    """A number as short as it can be: 0.25, 3, 1,000, 2.5M."""
    if not math.isfinite(value):
        return "–"
    if abs(value) >= 1e6:
        return f"{_short(value / 1e6)}M"
    if abs(value) >= 1e4:
        return f"{_short(value / 1e3)}k"
    if abs(value) >= 1e3:
        return f"{value:,.0f}"
    return _short(value)


def _short(value: float) -> str:
    digits = f"{value:.2f}" if abs(value) >= 0.01 or value == 0 else f"{value:.1g}"
    if "." in digits and "e" not in digits:
        digits = digits.rstrip("0").rstrip(".")
    return digits.replace("-", "−")
