"""Plots as inline SVG, readable in light and dark: colours are the page's CSS variables.

Only layout lives here: points in, shapes of `forms.svg` out; no statistics, no I/O, no script. Every mark has a tooltip
(an SVG title), so that a figure can be read off without one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, log10
from typing import Final

from generations_contract.forms import svg

# About the size at which a figure is shown, so that its texts are as large as the page's small print.
WIDTH: Final = 480
HEIGHT: Final = 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 30, 10, 40


@dataclass(frozen=True)
class Series:
    """A named line: (x, y) points, in the colour of its slot (1-5)."""

    name: str
    points: Sequence[tuple[float, float]]
    slot: int = 1


@dataclass
class Axis:
    """A linear or logarithmic axis over [low, high]; `show` writes a tick."""

    low: float
    high: float
    label: str
    log: bool = False
    show: Callable[[float], str] = field(default=lambda value: f"{value:g}")

    def share(self, value: float) -> float:
        """Where a value lies, from 0 to 1."""
        if self.log:
            low, high = log10(self.low), log10(self.high)
            return (log10(max(value, self.low)) - low) / ((high - low) or 1)
        return (value - self.low) / ((self.high - self.low) or 1)

    def ticks(self) -> list[float]:
        """About five round values."""
        if self.log:
            first, last = ceil(log10(self.low) - 1e-9), floor(log10(self.high) + 1e-9)
            return [10.0**power for power in range(first, last + 1)]
        span = (self.high - self.low) or 1
        step = 10 ** floor(log10(span / 4))
        step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= 6)
        first = ceil(self.low / step)
        return [index * step for index in range(first, floor(self.high / step + 1e-9) + 1)]


def seconds(value: float) -> str:
    """A duration for an axis: µs, ms or s."""
    if value and value < 0.001:
        return f"{value * 1e6:g} µs"
    return f"{value * 1000:g} ms" if value and value < 1 else f"{value:g} s"


def lines(title: str, series: Iterable[Series], x: Axis, y: Axis) -> str:
    """A line plot with a legend."""
    drawn = [each for each in series if each.points]
    if not drawn:
        return _empty(title)
    body = [_grid(x, y)]
    for each in drawn:
        path = " ".join(f"{_x(x, at):.1f},{_y(y, value):.1f}" for at, value in each.points)
        body.append(svg.polyline(path, f"line s{each.slot}"))
        body += [
            svg.circle(
                f"{_x(x, at):.1f}", f"{_y(y, value):.1f}", 6, f"dot s{each.slot}",
                tip=f"{each.name}: {y.show(value)} at {x.show(at)}",
            )
            for at, value in _thinned(each.points)
        ]  # fmt: skip
    return _frame(title, "".join(body), legend=_legend(drawn))


def bars(title: str, heights: Sequence[tuple[float, float, float]], x: Axis, y: Axis) -> str:
    """A histogram: (from, to, height) bars."""
    if not heights:
        return _empty(title)
    body = [_grid(x, y)]
    for low, high, height in heights:
        left, right, top = _x(x, low), _x(x, high), _y(y, height)
        width, tall = max(1.0, right - left - 1), max(0.5, HEIGHT - _BOTTOM - top)
        tip = f"{x.show(low)} to {x.show(high)}: {height:g}"
        body.append(svg.rect(f"{left:.1f}", f"{top:.1f}", f"{width:.1f}", f"{tall:.1f}", "bar", tip=tip))
    return _frame(title, "".join(body))


def spans(title: str, rows: Sequence[tuple[str, Sequence[float]]], x: Axis) -> str:
    """A row per name with its (p10, p50, p90, p99): a bar from p10 to p90, a tick at p50, a dot at p99."""
    if not rows:
        return _empty(title)
    height = _TOP + _BOTTOM + 34 * len(rows)
    left = 130
    place: Callable[[float], float] = lambda value: left + x.share(value) * (WIDTH - left - _RIGHT)  # noqa: E731
    body = [
        svg.line(f"{place(tick):.1f}", f"{place(tick):.1f}", _TOP, height - _BOTTOM, "grid")
        + svg.text(f"{place(tick):.1f}", height - _BOTTOM + 16, "tick", x.show(tick), "middle")
        for tick in x.ticks()
    ]
    for index, (name, (p10, p50, p90, p99)) in enumerate(rows):
        middle = _TOP + 34 * index + 17
        told = f"{name}: p10 {x.show(p10)}, p50 {x.show(p50)}, p90 {x.show(p90)}, p99 {x.show(p99)}"
        width = f"{max(2.0, place(p90) - place(p10)):.1f}"
        shapes = (
            svg.text(left - 10, middle + 4, "label", name[:18], "end"),
            svg.rect(f"{place(p10):.1f}", middle - 8, width, 16, "bar"),
            svg.line(f"{place(p50):.1f}", f"{place(p50):.1f}", middle - 11, middle + 11, "mark"),
            svg.circle(f"{place(p99):.1f}", middle, 4, "end"),
        )
        body.append(svg.group("".join(shapes), tip=told))
    return _frame(title, "".join(body) + _x_label(x, height), height)


def _x(axis: Axis, value: float) -> float:
    return _LEFT + max(0.0, min(1.0, axis.share(value))) * (WIDTH - _LEFT - _RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - _BOTTOM - max(0.0, min(1.0, axis.share(value))) * (HEIGHT - _TOP - _BOTTOM)


def _grid(x: Axis, y: Axis) -> str:
    parts = []
    for tick in y.ticks():
        at = _y(y, tick)
        parts.append(svg.line(_LEFT, WIDTH - _RIGHT, f"{at:.1f}", f"{at:.1f}", "grid"))
        parts.append(svg.text(_LEFT - 6, f"{at + 4:.1f}", "tick", y.show(tick), "end"))
    parts += [
        svg.text(f"{_x(x, tick):.1f}", HEIGHT - _BOTTOM + 16, "tick", x.show(tick), "middle")
        for tick in x.ticks()
    ]
    return "".join(parts) + _x_label(x, HEIGHT)


def _x_label(x: Axis, height: int) -> str:
    return svg.text(WIDTH - _RIGHT, height - 4, "tick", x.label, "end")


def _legend(series: Sequence[Series]) -> str:
    """Outside the picture, where it can break into lines."""
    names = "".join(f'<span class="key s{each.slot}">{escape(each.name)}</span>' for each in series)
    return f'<div class="keys">{names}</div>'


def _thinned(points: Sequence[tuple[float, float]], most: int = 120) -> Sequence[tuple[float, float]]:
    return points[:: max(1, len(points) // most)]


def _frame(title: str, body: str, height: int = HEIGHT, legend: str = "") -> str:
    drawn = svg.picture(f'viewBox="0 0 {WIDTH} {height}"', title, body)
    return f"<figure><figcaption>{escape(title)}</figcaption>{legend}{drawn}</figure>"


def _empty(title: str) -> str:
    return f'<figure><figcaption>{escape(title)}</figcaption><p class="none">no data</p></figure>'
