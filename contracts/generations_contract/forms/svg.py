"""Inline SVG: the few shapes that our pictures are made of.

Only the form lives here: numbers come in, colours are class names of the page's CSS, every text is escaped. A
length is a number of pixels, or a text with its unit ("12.5%").
"""

from html import escape
from typing import Literal, TypeAlias

Length: TypeAlias = float | str
Anchor: TypeAlias = Literal["", "start", "middle", "end"]


def rect(
    x: Length, y: Length, width: Length, height: Length, kind: str, *, rx: int | None = None, tip: str = ""
) -> str:
    """A rectangle; `tip` shows when it is pointed at."""
    rounded = "" if rx is None else f' rx="{rx}"'
    return _closed(
        f'rect x="{x}" y="{y}" width="{width}" height="{height}"{rounded} class="{kind}"', "rect", tip
    )


def line(x1: Length, x2: Length, y1: Length, y2: Length, kind: str) -> str:
    """A straight line."""
    return f'<line x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}" class="{kind}"/>'


def circle(cx: Length, cy: Length, radius: int, kind: str, *, tip: str = "") -> str:
    """A dot; `tip` shows when it is pointed at."""
    return _closed(f'circle class="{kind}" cx="{cx}" cy="{cy}" r="{radius}"', "circle", tip)


def polyline(points: str, kind: str) -> str:
    """A line through "x,y x,y …"."""
    return f'<polyline class="{kind}" points="{points}"/>'


def text(x: Length, y: Length, kind: str, content: str, anchor: Anchor = "") -> str:
    """A text; its content is escaped here."""
    aligned = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x}" y="{y}" class="{kind}"{aligned}>{escape(content)}</text>'


def group(content: str, kind: str = "", tip: str = "") -> str:
    """Shapes that belong together."""
    named = f' class="{kind}"' if kind else ""
    return f"<g{named}>{_tip(tip)}{content}</g>"


def picture(attributes: str, label: str, content: str) -> str:
    """The whole; `label` says what it shows to whoever cannot see it."""
    return f'<svg {attributes} role="img" aria-label="{escape(label)}">{content}</svg>'


def _closed(opening: str, name: str, tip: str) -> str:
    return f"<{opening}>{_tip(tip)}</{name}>" if tip else f"<{opening}/>"


def _tip(text_of: str) -> str:
    return f"<title>{escape(text_of)}</title>" if text_of else ""
