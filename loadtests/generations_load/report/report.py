"""What a run leaves behind: one document (`load.json`), and the same as text and as JUnit.

Only forms live here; every figure comes in. The HTML page is `page`'s. Nothing secret can be in a document:
keys never enter an exchange, and stories were concealed when they were told.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from generations_contract.forms import junit as forms
from generations_contract.forms.text import printable
from generations_load.judging.polls import OUTCOMES
from generations_load.measure.compare import Change
from generations_load.measure.metrics import Histogram
from generations_load.measure.totals import FINISHED, STARTED, UNFINISHED, Totals
from generations_load.verdict.fitness import Fitness
from generations_load.verdict.slo import ExitCode, Judgement

FORMAT: Final = 1
_SHARES: Final = (0.5, 0.9, 0.99, 0.999)
_ENDINGS: Final = {
    ExitCode.PASSED: "PASSED",
    ExitCode.BREACH: "CONTRACT BROKEN",
    ExitCode.INTERRUPTED: "INTERRUPTED",
    ExitCode.SLO: "OBJECTIVES MISSED",
    ExitCode.USAGE: "WRONG USAGE",
    ExitCode.UNFIT: "UNFIT: the generator could not measure",
    ExitCode.NO_DATA: "NO DATA",
    ExitCode.BUDGET: "BUDGET",
}

_CUT_SHORT: Final = (_ENDINGS[ExitCode.INTERRUPTED], _ENDINGS[ExitCode.BUDGET])


def document(
    run: Mapping[str, Any],
    totals: Totals,
    fitness: Fitness,
    judgements: Iterable[Judgement],
    changes: Iterable[Change],
    code: ExitCode,
) -> dict[str, Any]:
    """Everything about a run, as plain values; what the other forms are made of."""
    ending = str(run.get("ended") or "")
    return {
        "format": FORMAT,
        "verdict": _ENDINGS[code],
        "exit_code": int(code),
        "ended": ending,
        "run": dict(run),
        "fitness": fitness.pack(),
        "objectives": [_objective(each) for each in judgements],
        "comparison": [str(each) for each in changes],
        "polls": {
            "started": totals.count(STARTED),
            "finished": totals.count(FINISHED),
            "unfinished": totals.count(UNFINISHED),
            "lost_with_workers": totals.lost,
            "imbalances": totals.imbalances(),
            "during_startup": totals.count("poll.during_startup"),
            "during_stop": totals.count("poll.during_stop"),
            "outcomes": {each: totals.count(f"outcome.{each}") for each in OUTCOMES},
        },
        "contract": _contract(totals),
        "counts": dict(sorted(totals.counts.items())),
        "histograms": {name: _histogram(each) for name, each in sorted(totals.histograms.items())},
        "workers": {
            name: {
                "counts": dict(sorted(account.counts.items())),
                "gauges": account.gauges,
                "finished": account.final,
            }
            for name, account in totals.accounts.items()
        },
        "seconds": [row.pack() for row in totals.rows],
    }


def _contract(totals: Totals) -> dict[str, Any]:
    def by_prefix(prefix: str) -> dict[str, int]:
        return {
            name.removeprefix(prefix): count
            for name, count in sorted(totals.counts.items())
            if name.startswith(prefix)
        }

    return {
        "judged": totals.count("contract.judged"),
        "breaches": by_prefix("breach."),
        "exercised": by_prefix("exercised."),
        "doubtful": totals.count("contract.doubtful"),
        "during_startup": totals.count("contract.during_startup"),
        "during_stop": totals.count("contract.during_stop"),
        "waived": totals.count("contract.waived"),
        "stories": totals.stories,
    }


def _objective(each: Judgement) -> dict[str, Any]:
    return {
        "objective": each.objective.text,
        "result": each.result,
        "value": each.value,
        "n": each.n,
        "note": each.note,
    }


def _histogram(histogram: Histogram) -> dict[str, Any]:
    quantiles = {f"p{share * 100:g}": histogram.quantile(share) for share in _SHARES}
    plain = {"mean": histogram.mean, "interval_p99": list(histogram.interval(0.99)), **quantiles}
    encoded = histogram.hdr().encode()
    hdr = encoded.decode("ascii") if isinstance(encoded, bytes) else encoded
    return {**histogram.pack(), **{name: _rounded(value) for name, value in plain.items()}, "hdr": hdr}


def _rounded(value: Any) -> Any:
    return [round(each, 6) for each in value] if isinstance(value, list) else round(value, 6)


def write(directory: Path, result: Mapping[str, Any], page: str) -> None:
    """Write `load.json`, `junit.xml` and `report.html`; raises `OSError`."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "load.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (directory / "junit.xml").write_text(junit(result), "utf-8")
    (directory / "report.html").write_text(page, "utf-8")


def text(result: Mapping[str, Any]) -> str:
    """The run in some lines for a terminal: fitness first, then polls, objectives, breaches, the verdict."""
    return "\n".join(printable(line, None) for line in _lines(result)) + "\n"


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield from _fitness_lines(result["fitness"])
    yield from _poll_lines(result)
    yield ""
    yield "objective                                              value"
    for each in result["objectives"]:
        value = "no data" if each["value"] is None else f"{each['value']:.6g}"
        note = f"  ({each['note']})" if each["note"] else ""
        yield f"  {each['result']:<10} {each['objective']:<42} {value:<10} n={each['n']}{note}"
    yield from _contract_lines(result["contract"])
    for change in result["comparison"]:
        yield f"  {change}"
    ended = f" ({result['ended']})" if result["ended"] else ""
    yield ""
    yield f"load: {result['verdict']}{ended}, exit code {result['exit_code']}"


def _fitness_lines(fitness: Mapping[str, Any]) -> Iterator[str]:
    figures = fitness["figures"]
    yield (
        f"generator {fitness['verdict']}: loop lag p99 {figures['loop_lag_p99_s'] * 1000:.1f} ms, "
        f"CPU {figures['cpu_mean']:.0%}, {figures['rss_bytes'] / 2**20:.0f} MB, "
        f"{figures['connections_opened']:.0f} connections ({figures['connections_reopened']:.0f} again), "
        f"judging {figures['judging_share_of_cpu']:.0%} of it"
    )
    for each in fitness["findings"]:
        yield f"  UNFIT: {each['reason']}; {each['remedy']}"


def _poll_lines(result: Mapping[str, Any]) -> Iterator[str]:
    polls = result["polls"]
    shown = ", ".join(f"{name} {count}" for name, count in polls["outcomes"].items() if count)
    lost = f" + lost with workers {polls['lost_with_workers']}" if polls["lost_with_workers"] else ""
    yield (
        f"polls: started {polls['started']} = finished {polls['finished']}"
        f" + unfinished {polls['unfinished']}{lost}"
    )
    yield f"  {shown or 'none was answered'}"
    yield (
        f"  {polls['during_startup']} were started while users were being spawned, {polls['during_stop']} "
        "answered while they were being stopped: judged, but not timed"
    )
    if pauses := result["counts"].get("backoff.pauses"):
        yield f"  {pauses} times a user paused after a failure, or because it was told to slow down"
    for name, each in result["histograms"].items():
        if name.startswith(("poll.", "generation.", "generator.error", "arrival.")):
            yield (
                f"  {name:<44} p50 {each['p50']:<9.4g} p99 {each['p99']:<9.4g}"
                f" max {each['max']:<9.4g} n={each['n']}"
            )


def _contract_lines(contract: Mapping[str, Any]) -> Iterator[str]:
    broken = contract["breaches"]
    yield ""
    yield (
        f"contract: {contract['judged']} answers judged by {len(contract['exercised'])} clauses, "
        f"{sum(broken.values())} breaches of {len(broken)}"
    )
    for name, count in broken.items():
        yield f"  BROKEN {name} x{count}"
        story = next((each for each in contract["stories"] if each["clause"] == name), None)
        if story:
            yield f"    the document: {story['says']}"
            yield f"    expected {story['expected']}"
            yield f"    actual   {story['actual']}"
            yield f"    generation {story['generation']}"
            yield f"    {story['curl']}"
    if contract["doubtful"]:
        yield f"  {contract['doubtful']} timing breaches are doubtful: this machine was late itself then"
    unsteady = contract["during_startup"] + contract["during_stop"]
    if unsteady:
        yield f"  {unsteady} timing breaches while users were being spawned or stopped are not counted"


def junit(result: Mapping[str, Any]) -> str:
    """JUnit XML: a case for the generator's fitness, one per objective, one per clause."""
    return forms.document("load", {"load": _cases(result)})


def _cases(result: Mapping[str, Any]) -> Iterator[forms.Case]:
    findings = result["fitness"]["findings"]
    if result["verdict"] in _CUT_SHORT:
        yield forms.Case("load.run", "to its end", "error", printable(result["ended"]), [result["ended"]])
    yield _case("fitness", "generator", [f"{each['reason']}; {each['remedy']}" for each in findings])
    yield _case("polls", "started = finished + unfinished", result["polls"]["imbalances"])
    for each in result["objectives"]:
        told = f"{each['result']}: {each['value']} (n={each['n']})"
        if each["result"] == "not judged":
            yield forms.Case("load.objective", each["objective"], "skipped", told)
        else:
            yield _case("objective", each["objective"], [] if each["result"] == "held" else [told])
    contract = result["contract"]
    stories = {each["clause"]: each for each in reversed(contract["stories"])}
    for name in sorted({*contract["exercised"], *contract["breaches"]}):
        count, story = contract["breaches"].get(name, 0), stories.get(name)
        told = f"; expected {story['expected']}; actual {story['actual']}; {story['curl']}" if story else ""
        yield _case("contract", name, [f"broken {count} times{told}"] if count else [])
    if result["comparison"]:
        regressions = [each for each in result["comparison"] if each.startswith("regression")]
        yield _case("comparison", "no regression against the baseline", regressions)


def _case(group: str, name: str, complaints: Sequence[str]) -> forms.Case:
    if not complaints:
        return forms.Case(f"load.{group}", name)
    return forms.Case(f"load.{group}", name, "failure", printable(complaints[0], 300), complaints)
