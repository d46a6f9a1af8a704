"""`report.html`: the run on one self-contained page; verdict first, then what it rests on.

Layout only: all figures come from the document of `report`. No script and no outside resource; readable on
a phone, in light and dark. What a gateway said is made printable and escaped before it gets into any markup.
"""

from collections.abc import Iterator, Mapping
from html import escape
from math import floor, log10
from typing import Any, Final

from contracts.plain import printable
from loadtests import plots
from loadtests.metrics import SCALE, Histogram
from loadtests.plots import Axis, Series, seconds

_STYLE = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2024;--dim:#60646c;--line:#d9dce1;--card:#f6f7f9;
--good:#18794e;--bad:#c62a2f;--warn:#946800;--s1:#2264d1;--s2:#c2570c;--s3:#18794e;--s4:#8145b5;--s5:#60646c}
@media(prefers-color-scheme:dark){:root{--bg:#111315;--fg:#eceef0;--dim:#9ba1a6;--line:#2f3438;--card:#1a1d1f;
--good:#4cc38a;--bad:#ff6369;--warn:#f1a10d;--s1:#6cb0ff;--s2:#ff9a5c;--s3:#4cc38a;--s4:#bf8fe8;--s5:#9ba1a6}}
*{box-sizing:border-box}body{margin:0 auto;max-width:62rem;padding:1.2rem;background:var(--bg);
color:var(--fg);font:15px/1.5 system-ui,sans-serif}h1{font-size:1.5rem;
margin:.2rem 0}h2{font-size:1.1rem;margin:2rem 0 .6rem}
.held,.VALID{color:var(--good)}.failed,.UNFIT,.broken{color:var(--bad)}.nodata{color:var(--warn)}
.dim,figcaption{color:var(--dim)}.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));
gap:.6rem;margin:1rem 0}.tile{background:var(--card);border-radius:.5rem;padding:.6rem .8rem}
.tile b{display:block;font-size:1.25rem;font-variant-numeric:tabular-nums}.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
td,th{padding:.3rem .6rem .3rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);padding:.6rem;
border-radius:.4rem;font-size:.82rem;margin:.3rem 0}.plots{display:grid;gap:1rem;
grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr))}figure{margin:0;background:var(--card);
border-radius:.5rem;padding:.7rem}svg{width:100%;height:auto}.grid{stroke:var(--line)}.tick,.label{
fill:var(--dim);font-size:12px}.label{fill:var(--fg)}.line{fill:none;stroke-width:2}.dot{fill:transparent}
.line.s1{stroke:var(--s1)}.line.s2{stroke:var(--s2)}.line.s3{stroke:var(--s3)}.line.s4{stroke:var(--s4)}
.line.s5{stroke:var(--s5)}.dot:hover{fill:var(--fg)}.bar{fill:var(--s1);opacity:.75}.bar:hover{opacity:1}
.mark{stroke:var(--fg);stroke-width:2}.end{fill:var(--s2)}.none{color:var(--dim)}
"""

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
        f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
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
    if result["ended"]:
        yield f"<p>{escape(result['ended'])}</p>"
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


def _objectives(result: Mapping[str, Any]) -> str:
    rows = [
        f'<tr><td class="{each["result"].replace(" ", "")}">{each["result"]}</td>'
        f"<td><code>{escape(each['objective'])}</code></td>"
        f'<td class="n">{"no data" if each["value"] is None else format(each["value"], ".4g")}</td>'
        f'<td class="n">{each["n"]:,}</td><td class="dim">{escape(each["note"])}</td></tr>'
        for each in result["objectives"]
    ]
    rows += [f'<tr><td colspan="5">{escape(each)}</td></tr>' for each in result["comparison"]]
    return (
        '<table><tr><th>result<th>objective<th class="n">value<th class="n">n<th></tr>'
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
    title = f"Overshoot: latency - window (n = {histogram.total:,})"
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
    told_of = (
        f"<p>{contract['judged']:,} answers judged by {len(contract['exercised'])} clauses; "
        f"{contract['doubtful']} timing breaches doubtful (this machine was late itself), "
        f"{contract['during_startup'] + contract['during_stop']} while users were being spawned or stopped, "
        f"{contract['waived']} waived.</p>"
    )
    parts = [told_of]
    for name, count in contract["breaches"].items():
        parts.append(f'<h3 class="broken">{escape(name)} ×{count}</h3>')
        for story in [each for each in contract["stories"] if each["clause"] == name][:3]:
            told = (
                f"expected {story['expected']}", f"actual   {story['actual']}",
                f"generation {story['generation']}", story["curl"],
            )  # fmt: skip
            shown = escape("\n".join(map(printable, told)))
            parts.append(f'<p class="dim">{escape(printable(story["says"]))}</p><pre>{shown}</pre>')
    if not contract["breaches"]:
        parts.append('<p class="held">No clause was broken.</p>')
    return "".join(parts)


def _distributions(result: Mapping[str, Any]) -> str:
    rows = [
        f"<tr><td><code>{escape(name)}</code></td>"
        + "".join(f'<td class="n">{each[key]:.4g}</td>' for key in ("p50", "p90", "p99", "p99.9", "max"))
        + f'<td class="n">{each["n"]:,}</td></tr>'
        for name, each in result["histograms"].items()
    ]
    head = "".join(f'<th class="n">{each}' for each in ("p50", "p90", "p99", "p99.9", "max", "n"))
    return f"<table><tr><th>metric{head}</tr>{''.join(rows)}</table>"


def _run(result: Mapping[str, Any]) -> str:
    polls, facts = result["polls"], dict(result["run"])
    facts["started = finished + unfinished"] = (
        f"{polls['started']} = {polls['finished']} + {polls['unfinished']}, lost {polls['lost_with_workers']}"
    )
    facts["outcomes"] = ", ".join(f"{name} {count}" for name, count in polls["outcomes"].items() if count)
    facts |= {name: f"{value:g}" for name, value in result["fitness"]["figures"].items()}
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(_plain(value))}</td></tr>" for name, value in facts.items()
    )
    return f"<table>{rows}</table>"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {each}" for name, each in value.items()) or "none"
    return str(value)


def _peak(result: Mapping[str, Any], gauge: str) -> float:
    return max((row["gauges"].get(gauge, 0) for row in result["seconds"]), default=0)


def _short(value: float) -> float:
    return float(f"{value:.3g}")
