"""Two distributions on one axis: how far they lie apart."""

from __future__ import annotations

from collections.abc import Sequence

from firth.measure.page.charts.drawing import Frame, Scale, label, number, picture
from firth.measure.page.markup import tag

__all__ = ["overlap"]

WIDTH, HEIGHT = 480, 280


def overlap(
    edges: Sequence[float],
    first: Sequence[float],
    second: Sequence[float],
    *,
    names: tuple[str, str],
    title: str,
    says: str,
    across: str,
) -> str:
    """Two histograms as areas over the same bins, each as high as its own share.

    Args:
        edges: of the bins, one more than there are bins, rising.
        first, second: the share of each in the bins.
        names: what they are, written at their peaks.
        title, says: what it is, and what it shows.
        across: the name of the axis.
    """
    frame = Frame(left=8, top=44, right=WIDTH - 8, bottom=HEIGHT - 48)
    right = Scale(edges[0], edges[-1], frame.left, frame.right)
    up = Scale(0, max([*first, *second]) or 1.0, frame.bottom, frame.top)
    body = frame.across(right, right.ticks(6), across)
    peaks = []
    for shares, role in ((first, "other"), (second, "own")):
        steps = [f"{right(edges[0]):.1f} {frame.bottom}"]
        for i, share in enumerate(shares):
            steps += [f"{right(edges[i]):.1f} {up(share):.1f}", f"{right(edges[i + 1]):.1f} {up(share):.1f}"]
        steps.append(f"{right(edges[-1]):.1f} {frame.bottom}")
        body.append(tag("path", d=f"M{' L'.join(steps)}", class_=f"step {role}"))
        peak = max(range(len(shares)), key=lambda i: shares[i])
        peaks.append((right((edges[peak] + edges[peak + 1]) / 2), up(shares[peak])))
    if (
        abs(peaks[0][0] - peaks[1][0]) < WIDTH / 3
    ):  # side by side, where the peaks lie too near for both names
        left_first = peaks[0][0] <= peaks[1][0]
        ends = ((frame.left, 40.0), (frame.right, 40.0))
        peaks = list(ends if left_first else ends[::-1])
    for (x, y), name, role in zip(peaks, names, ("other", "own"), strict=True):
        anchor = "start" if x < WIDTH * 0.25 else "end" if x > WIDTH * 0.75 else "middle"
        body.append(label(x, y - 8, name, role=f"said {role}", anchor=anchor))
    body.append(tag("line", x1=frame.left, x2=frame.right, y1=frame.bottom, y2=frame.bottom, class_="base"))
    ends_said = f"{says} From {number(edges[0])} to {number(edges[-1])}."
    return picture(WIDTH, HEIGHT, body, title=title, says=ends_said)
