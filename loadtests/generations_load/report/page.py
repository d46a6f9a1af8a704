"""`report.html`: the run on one self-contained page; verdict first, then what it rests on.

What stands on it only: all figures come from the document of `report`, the layout is `load.html.j2`'s, on the frame
of `forms.html`.
"""

from collections.abc import Iterator, Mapping
from math import floor, log10
from typing import Any, Final

from markupsafe import Markup

from generations_contract.forms.html import template
from generations_load.measure.metrics import SCALE, Histogram
from generations_load.report import plots
from generations_load.report.plots import Axis, Series, seconds


def render(result: Mapping[str, Any]) -> str:
    """The whole page."""
    facts, left_out = _facts(result)
    return template("generations_load.report", "load.html.j2").render(
        run=result,
        reason=_reason(result),
        tiles=_tiles(result),
        # Shapes of numbers and escaped text only, see `plots`.
        plots=[Markup(plot) for plot in _plots(result)],  # noqa: S704
        judged=_judged(result["contract"]),
        stories=_stories(result["contract"]),
        statistics=_STATISTICS,
        distributions=_distributions(result["histograms"]),
        facts=facts,
        left_out=left_out,
    )


def _tiles(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    polls, overshoot = result["polls"], result["histograms"].get("poll.overshoot_s")
    return [
        ("Generator", result["fitness"]["verdict"]),
        ("Polls finished", f"{polls['finished']:,}"),
        ("Unfinished at the stop", f"{polls['unfinished']:,}"),
        ("Most held at a time", f"{_peak(result, 'poll.held'):,.0f}"),
        ("Overshoot p99", seconds(_short(overshoot["p99"])) if overshoot else "no data"),
        ("Breaches", f"{sum(result['contract']['breaches'].values()):,}"),
    ]


def _reason(result: Mapping[str, Any]) -> str:
    """Why the verdict is what it is, in a sentence; a run that ended early says so first."""
    breaches = result["contract"]["breaches"]
    missed = [each["objective"] for each in result["objectives"] if each["result"] == "failed"]
    silent = [each["objective"] for each in result["objectives"] if each["result"] == "no data"]
    told = [result["ended"]] if result["ended"] else []
    if breaches:
        told.append(f"{sum(breaches.values()):,} breaches: {', '.join(breaches)}")
    if missed:
        told.append(f"missed: {', '.join(missed)}")
    if silent:
        told.append(f"no data: {', '.join(silent)}")
    if result["exit_code"] == 0:
        told.append("no clause was broken, every objective held")
    told.append(f"exit code {result['exit_code']}")
    return " · ".join(told)


def _plots(result: Mapping[str, Any]) -> Iterator[str]:
    rows = result["seconds"]
    first = rows[0]["second"] if rows else 0
    span = max(1, (rows[-1]["second"] - first) if rows else 1)
    time_axis = Axis(0, span, "seconds of the run")

    def line(name: str, slot: int, value: Any) -> Series:
        points = [(row["second"] - first, value(row)) for row in rows]
        return Series(name, [(at, float(each)) for at, each in points if each is not None], slot)

    held = line("held now", 1, lambda row: row["gauges"].get("poll.held", 0))
    done = line("finished a second", 2, lambda row: row["counts"].get("poll.finished", 0))
    users = line("users", 5, lambda row: row["gauges"].get("users", 0))
    most = max((value for each in (held, done, users) for _, value in each.points), default=1.0)
    yield plots.lines(
        "Held polls and completions", [held, done, users], time_axis, Axis(0, 1.2 * most or 1, "")
    )
    yield _over_time(line, time_axis)
    histograms = {name: Histogram.unpack(each) for name, each in result["histograms"].items()}
    yield _distribution(histograms.get("poll.overshoot_s", Histogram()))
    yield _curve(histograms)
    yield _by_model(histograms)


def _over_time(line: Any, time_axis: Axis) -> str:
    def at(name: str, index: int) -> Any:
        return lambda row: row["quantiles"].get(name, [None] * 4)[index]

    series = [
        line("overshoot p50", 1, at("poll.overshoot_s", 1)),
        line("overshoot p99", 2, at("poll.overshoot_s", 2)),
        line("loop lag p99", 5, at("generator.loop_lag_s", 2)),
    ]
    values = [value for each in series for _, value in each.points]
    axis = Axis(1e-4, max(0.1, *values) if values else 1, "", log=True, show=seconds)
    return plots.lines("Overshoot, and the generator's own lag", series, time_axis, axis)


def _distribution(histogram: Histogram) -> str:
    """The overshoot in eighths of a power of ten."""
    title = f"Overshoot: latency − window (n = {histogram.total:,})"
    counts: dict[int, int] = {}
    for low, count in histogram.buckets.items():
        place = floor(log10(max(low / SCALE, 1e-5)) * 8)
        counts[place] = counts.get(place, 0) + count
    bars = [
        (10 ** (place / 8), 10 ** ((place + 1) / 8), float(count)) for place, count in sorted(counts.items())
    ]
    if not bars:
        return plots.bars(title, [], Axis(0, 1, ""), Axis(0, 1, ""))
    x = Axis(min(1e-4, bars[0][0]), max(1.0, bars[-1][1]), "overshoot", log=True, show=seconds)
    return plots.bars(title, bars, x, Axis(0, max(each[2] for each in bars), "polls"))


def _curve(histograms: Mapping[str, Histogram]) -> str:
    wanted = (
        ("poll.overshoot_s", 1),
        ("generator.error_s", 5),
        ("poll.wake_delay_s", 3),
        ("poll.instant_s", 4),
    )
    series = [
        Series(
            name.removesuffix("_s"),
            [(1 / (1 - share), value) for share, value in each.steps() if share < 1],
            slot,
        )
        for name, slot in wanted
        if (each := histograms.get(name)) and each.total
    ]
    values = [value for each in series for _, value in each.points]
    x = Axis(1, 10_000, "percentile", log=True, show=lambda value: f"{100 * (1 - 1 / value):g} %")
    y = Axis(1e-4, max(0.1, *values) if values else 1, "", log=True, show=seconds)
    return plots.lines("Percentile curve", series, x, y)


def _by_model(histograms: Mapping[str, Histogram]) -> str:
    prefix = "generation.time_to_terminal_s["
    rows = [
        (name.removeprefix(prefix)[:-1], [_short(each.quantile(share)) for share in (0.1, 0.5, 0.9, 0.99)])
        for name, each in histograms.items()
        if name.startswith(prefix)
    ]
    most = max((each.max for name, each in histograms.items() if name.startswith(prefix)), default=1.0)
    return plots.spans(
        "Time to terminal by model: p10 to p90, p50, p99", rows, Axis(0, most or 1, "", show=seconds)
    )


def _judged(contract: Mapping[str, Any]) -> list[str]:
    """How much was judged, and what is not held against anybody."""
    unsteady = contract["during_startup"] + contract["during_stop"]
    apart = (
        (contract["doubtful"], "timing breaches are doubtful: this machine was late itself"),
        (unsteady, "timing breaches while users were being spawned or stopped"),
        (contract["waived"], "breaches are waived"),
    )
    told = [f"{contract['judged']:,} answers judged by {len(contract['exercised'])} clauses"]
    return told + [f"{count:,} {what}" for count, what in apart if count]


def _stories(contract: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Of each broken clause the first few breaches."""
    return {
        name: [each for each in contract["stories"] if each["clause"] == name][:_STORIES]
        for name in contract["breaches"]
    }


def _distributions(histograms: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]], int]]:
    """(metric, its figures with their class, n)."""
    return [
        (name, [(_value(name, each[key]), rest) for key, rest in _STATISTICS], each["n"])
        for name, each in histograms.items()
    ]


_STORIES: Final = 3
# Statistics of the table; on a phone some are left out.
_STATISTICS: Final = (("p50", ""), ("p90", " opt"), ("p99", ""), ("p99.9", " opt"), ("max", ""))


def _value(metric: str, value: float) -> str:
    """A figure with its unit, which the metric's name tells."""
    return seconds(_short(value)) if metric.partition("[")[0].endswith("_s") else f"{value:.4g}"


def _facts(result: Mapping[str, Any]) -> tuple[list[tuple[str, str]], Mapping[str, str]]:
    """What the run was, as (name, value), and which clauses it left out and why."""
    polls, facts = result["polls"], dict(result["run"])
    facts["started = finished + unfinished"] = (
        f"{polls['started']} = {polls['finished']} + {polls['unfinished']}, lost {polls['lost_with_workers']}"
    )
    facts["outcomes"] = ", ".join(f"{name} {count}" for name, count in polls["outcomes"].items() if count)
    facts |= {name: f"{value:g}" for name, value in result["fitness"]["figures"].items()}
    left_out: Mapping[str, str] = facts.pop("clauses left out", {})
    return [(name, _plain(value)) for name, value in facts.items() if value not in (None, "", {})], left_out


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_plain(each)}" for name, each in value.items()) or "none"
    if isinstance(value, list):
        return "; then ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _peak(result: Mapping[str, Any], gauge: str) -> float:
    return max((row["gauges"].get(gauge, 0) for row in result["seconds"]), default=0)


def _short(value: float) -> float:
    return float(f"{value:.3g}")
