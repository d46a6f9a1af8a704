"""The picture of a breach: a generation's states and its pollers' windows over time, as one inline SVG.

Positions are percentages of the width and heights are pixels, so that the text stays readable on a phone
while the bars use all the room there is. The shapes are `forms.svg`'s, which escapes every text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generations_contract.exchange.exchange import Exchange
from generations_contract.forms import svg
from generations_contract.forms.text import printable
from generations_contract.recordings.codec import from_dict

_ROW, _BAR, _TOP = 36, 10, 34
_MOST_ROWS, _MOST_OTHERS = 14, 6
_CLASSES = {
    "queued": "queued",
    "running": "running",
    "completed": "completed",
    "failed": "failed",
    "cancelled": "failed",
}


@dataclass(frozen=True)
class _Scale:
    """From seconds to a percentage of the width."""

    begins_at: float
    ends_at: float

    def x(self, moment: float) -> float:
        return round(1 + 98 * (moment - self.begins_at) / (self.ends_at - self.begins_at), 3)

    def width(self, start: float, end: float) -> float:
        """At least a hair; what goes on beyond the picture has no right edge in it."""
        return round(min(max(self.x(end) - self.x(start), 0.3), 120), 3)


def _scale(rows: Sequence[tuple[Exchange, bool]]) -> _Scale:
    """From the first request to a little after the breach's last answer; at least a tenth of a second."""
    begins_at = min(each.sent_at for each, _ in rows)
    last = max(each.answered_at for each, ours in rows if ours)
    return _Scale(begins_at, max(last + 0.06 * (last - begins_at), begins_at + 0.1))


def picture(breach: Sequence[Mapping[str, Any]], around: Sequence[Mapping[str, Any]]) -> str:
    """SVG of the exchanges of a breach (drawn strongly) and others of the same generation, as documents."""
    rows = _chosen(breach, around)
    if not rows:
        return ""
    exchanges = [exchange for exchange, _ in rows]
    scale = _scale(rows)
    height = _TOP + _ROW * len(rows) + 22
    content = "".join(
        [
            *_states(exchanges, scale),
            *(_row(each, row, scale, strong=ours) for row, (each, ours) in enumerate(rows)),
            *_axis(scale, height),
        ]
    )
    return svg.picture(f'class="timeline" width="100%" height="{height}"', _label(exchanges), content)


def _chosen(
    breach: Sequence[Mapping[str, Any]], around: Sequence[Mapping[str, Any]]
) -> list[tuple[Exchange, bool]]:
    """(exchange, whether the breach rests on it), by the time of sending; of many the nearest."""
    ours = [from_dict(each) for each in breach][-_MOST_ROWS:]
    told = {(each.sent_at, each.answered_at, each.request.url) for each in ours}
    others = [from_dict(each) for each in around]
    others = [each for each in others if (each.sent_at, each.answered_at, each.request.url) not in told]
    last = max((each.answered_at for each in ours), default=0.0)
    others = [each for each in others if each.sent_at <= last]
    room = max(0, min(_MOST_OTHERS, _MOST_ROWS - len(ours)))
    nearest = sorted(others, key=lambda each: abs(each.answered_at - last))[:room]
    rows = [(each, True) for each in ours] + [(each, False) for each in nearest]
    return sorted(rows, key=lambda row: (row[0].sent_at, row[0].answered_at))


def _window_s(exchange: Exchange) -> float | None:
    """The window asked for, of a request that could be held at all."""
    return exchange.longest_window_s if exchange.kind in ("create", "fetch") and exchange.ok else None


def _states(exchanges: Sequence[Exchange], scale: _Scale) -> Iterator[str]:
    """The band of states as they were seen, from one answer to the next."""
    seen = sorted((each.answered_at, each.state) for each in exchanges if each.state)
    yield svg.text("1%", 12, "label", _generations(exchanges))
    if not seen:
        return
    following = [*(moment for moment, _ in seen[1:]), scale.ends_at]
    for (moment, state), until in zip(seen, following, strict=True):
        kind = f"state {_CLASSES.get(str(state), 'other')}"
        yield _bar(scale, moment, until, 17, 9, kind)


def _generations(exchanges: Sequence[Exchange]) -> str:
    ids = dict.fromkeys(each.generation_id for each in exchanges if each.generation_id)
    if not ids:
        return "no generation"
    first = printable(str(next(iter(ids))), 34)
    return first if len(ids) == 1 else f"{len(ids)} generations, {first} …"


def _row(exchange: Exchange, row: int, scale: _Scale, *, strong: bool) -> str:
    top = _TOP + row * _ROW
    window_s = _window_s(exchange)
    outcome = (
        "none"
        if exchange.response is None
        else _CLASSES.get(exchange.state or "", "ok" if exchange.ok else "error")
    )
    parts = [svg.text("1%", top + 13, "label", _asked(exchange))]
    y = top + 19
    if window_s:
        ends_at = exchange.sent_at + window_s
        parts.append(_bar(scale, exchange.sent_at, ends_at, y - 2, _BAR + 4, "window"))
    parts.append(_bar(scale, exchange.sent_at, exchange.answered_at, y, _BAR, f"bar {outcome}"))
    return svg.group("".join(parts), "strong" if strong else "weak")


def _asked(exchange: Exchange) -> str:
    """What a row is about: "GET wait=60 → 200 running, 60.02 s"."""
    wait = exchange.sent_wait if exchange.kind in ("create", "fetch") else None
    asked = exchange.request.method if exchange.kind != "download" else "download"
    told = "" if wait is None else f" wait={_plain(wait)}"
    if exchange.kind == "other":
        told = f" {printable(exchange.request.path, 40)}"
    if exchange.response is None:
        came = f"no answer ({exchange.failure.kind if exchange.failure else 'unknown'})"
    else:
        came = f"{exchange.response.status} {printable(exchange.state or exchange.code or '', 30)}".rstrip()
    key = "" if exchange.authenticated and exchange.account == "main" else f" [{_who(exchange)}]"
    return f"{asked}{told}{key} → {came}, {exchange.elapsed_s:.2f} s"


def _plain(wait: object) -> str:
    return f"{wait:g}" if isinstance(wait, int | float) else printable(str(wait), 20)


def _who(exchange: Exchange) -> str:
    account = "" if exchange.account == "main" else printable(exchange.account, 20)
    credential = "" if exchange.authenticated else printable(exchange.credential, 20)
    return " ".join(filter(None, (account, credential, "key")))


def _axis(scale: _Scale, height: int) -> Iterator[str]:
    span = scale.ends_at - scale.begins_at
    yield svg.line("1%", "99%", height - 18, height - 18, "axis")
    anchors: tuple[tuple[float, svg.Anchor], ...] = ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
    for part, anchor in anchors:
        moment = scale.begins_at + part * span
        yield svg.text(f"{scale.x(moment)}%", height - 4, "tick", f"{part * span:.2f} s", anchor)


def _bar(scale: _Scale, start: float, end: float, y: int, height: int, kind: str) -> str:
    return svg.rect(f"{scale.x(start)}%", y, f"{scale.width(start, end)}%", height, kind, rx=2)


def _label(exchanges: Sequence[Exchange]) -> str:
    last = max(each.answered_at for each in exchanges)
    return f"{len(exchanges)} exchanges over {last - exchanges[0].sent_at:.1f} s"
