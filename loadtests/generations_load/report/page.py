"""`report.html`: the run on one self-contained page; verdict first, then what it rests on.

Layout only: all figures come from the document of `report`. No script and no outside resource; readable on
a phone, in light and dark. What a gateway said is made printable and escaped before it gets into any markup.
"""

from collections.abc import Iterator, Mapping
from html import escape
from math import floor, log10
from typing import Any, Final

from generations_contract.forms.text import printable
from generations_load.measure.metrics import SCALE, Histogram
from generations_load.report import plots
from generations_load.report.plots import Axis, Series, seconds
from generations_load.report.style import STYLE

# Nothing runs, and nothing is fetched, whatever a mistake may let through.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render(result: Mapping[str, Any]) -> str:
    """The whole page."""
    body = "".join(_sections(result))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<link rel="icon" href="data:,"><title>Load: {escape(result["verdict"])}</title>'
        f"<style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def _sections(result: Mapping[str, Any]) -> Iterator[str]:
    yield from _head(result)
    yield '<h2>Objectives</h2><div class="scroll">' + _objectives(result) + "</div>"
    yield '<h2>Over the run</h2><div class="plots">' + "".join(_plots(result)) + "</div>"
    yield "<h2>Contract</h2>" + _contract(result["contract"])
    yield '<h2>Distributions</h2><div class="scroll">' + _distributions(result) + "</div>"
    yield '<h2>The run</h2><div class="scroll">' + _run(result) + "</div>"


def _head(result: Mapping[str, Any]) -> Iterator[str]:
    run, polls, fitness = result["run"], result["polls"], result["fitness"]
    colour = "held" if result["exit_code"] == 0 else "failed"
    yield f'<p class="dim">{escape(str(run.get("target")))} · {escape(str(run.get("started")))}</p>'
    yield f'<h1 class="{colour}">{escape(result["verdict"])}</h1>'
    yield f"<p>{escape(printable(_reason(result)))}</p>"
    overshoot = result["histograms"].get("poll.overshoot_s")
    tiles = [
        ("Generator", fitness["verdict"]),
        ("Polls finished", f"{polls['finished']:,}"),
        ("Unfinished at the stop", f"{polls['unfinished']:,}"),
        ("Most held at a time", f"{_peak(result, 'poll.held'):,.0f}"),
        ("Overshoot p99", seconds(_short(overshoot["p99"])) if overshoot else "no data"),
        ("Breaches", f"{sum(result['contract']['breaches'].values()):,}"),
    ]
    yield '<div class="tiles">'
    for name, value in tiles:
        mark = f' class="{value}"' if value in ("VALID", "UNFIT") else ""
        yield f'<div class="tile">{escape(name)}<b{mark}>{escape(value)}</b></div>'
    yield "</div>"
    for each in fitness["findings"]:
        yield f'<p class="failed">UNFIT: {escape(each["reason"])}; {escape(each["remedy"])}</p>'


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


def _objectives(result: Mapping[str, Any]) -> str:
    rows = [
        f'<tr><td class="{each["result"].replace(" ", "")}">{each["result"]}</td>'
        f"<td><code>{escape(each['objective'])}</code></td>"
        f'<td class="n">{"no data" if each["value"] is None else format(each["value"], ".4g")}</td>'
        f'<td class="n opt">{each["n"]:,}</td><td class="dim opt">{escape(each["note"])}</td></tr>'
        for each in result["objectives"]
    ]
    rows += [f'<tr><td colspan="5">{escape(each)}</td></tr>' for each in result["comparison"]]
    return (
        '<table><tr><th>result<th>objective<th class="n">value<th class="n opt">n<th class="opt"></tr>'
        + "".join(rows)
        + "</table>"
    )


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


def _contract(contract: Mapping[str, Any]) -> str:
    apart = (
        (contract["doubtful"], "timing breaches are doubtful: this machine was late itself"),
        (
            contract["during_startup"] + contract["during_stop"],
            "timing breaches while users were being spawned or stopped",
        ),
        (contract["waived"], "breaches are waived"),
    )
    told_of = [f"{contract['judged']:,} answers judged by {len(contract['exercised'])} clauses"]
    told_of += [f"{count:,} {what}" for count, what in apart if count]
    parts = [f"<p>{'; '.join(told_of)}.</p>"]
    for name, count in contract["breaches"].items():
        parts.append(f'<h3 class="broken">{escape(name)} ×{count:,}</h3>')
        stories = [each for each in contract["stories"] if each["clause"] == name][:3]
        parts += [f'<p class="dim">{escape(printable(each["says"]))}</p>' for each in stories[:1]]
        for story in stories:
            told = (
                f"expected {story['expected']}", f"actual   {story['actual']}",
                f"generation {story['generation']}", story["curl"],
            )  # fmt: skip
            shown = escape("\n".join(map(printable, told)))
            parts.append(f"<pre>{shown}</pre>")
    if not contract["breaches"]:
        parts.append('<p class="held">No clause was broken.</p>')
    return "".join(parts)


def _distributions(result: Mapping[str, Any]) -> str:
    rows = [
        f"<tr><td><code>{escape(name)}</code></td>"
        + "".join(f'<td class="n{rest}">{_value(name, each[key])}</td>' for key, rest in _STATISTICS)
        + f'<td class="n opt">{each["n"]:,}</td></tr>'
        for name, each in result["histograms"].items()
    ]
    head = "".join(f'<th class="n{rest}">{each}' for each, rest in (*_STATISTICS, ("n", " opt")))
    return f"<table><tr><th>metric{head}</tr>{''.join(rows)}</table>"


# Statistics of the table; on a phone some are left out.
_STATISTICS: Final = (("p50", ""), ("p90", " opt"), ("p99", ""), ("p99.9", " opt"), ("max", ""))


def _value(metric: str, value: float) -> str:
    """A figure with its unit, which the metric's name tells."""
    return seconds(_short(value)) if metric.partition("[")[0].endswith("_s") else f"{value:.4g}"


def _run(result: Mapping[str, Any]) -> str:
    polls, facts = result["polls"], dict(result["run"])
    facts["started = finished + unfinished"] = (
        f"{polls['started']} = {polls['finished']} + {polls['unfinished']}, lost {polls['lost_with_workers']}"
    )
    facts["outcomes"] = ", ".join(f"{name} {count}" for name, count in polls["outcomes"].items() if count)
    facts |= {name: f"{value:g}" for name, value in result["fitness"]["figures"].items()}
    left_out = facts.pop("clauses left out", {})
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(_plain(value))}</td></tr>"
        for name, value in facts.items()
        if value not in (None, "", {})
    )
    reasons = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(why)}</td></tr>"
        for name, why in left_out.items()
    )
    summary = f"<summary>{len(left_out)} clauses are not judged under load</summary>"
    folded = f"<details>{summary}<table>{reasons}</table></details>"
    return f'<table class="facts">{rows}</table>{folded}'


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
