"""The tab "Long polls" in locust's own web page: held now, outcomes, overshoot, fitness, breaches.

Only the locustfile imports this module. It shows what `control` knows, through the hooks that locust offers
for such tabs (a table structure, and rows in the answer that the page asks for anyway).
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from flask import Response, request

from generations_load.judging.polls import OUTCOMES
from generations_load.measure.totals import FINISHED, STARTED, UNFINISHED, Newest
from generations_load.under_locust.control import Control
from generations_load.verdict.fitness import judge

_KEY: Final = "long-polls"
_COLUMNS: Final = (("what", "What"), ("now", "Now"), ("run", "Whole run"), ("note", "Note"))
_NEWEST_S: Final = 10


def extend(web_ui: Any, control: Callable[[], Control]) -> None:
    """Add the tab to a locust web page."""
    web_ui.template_args["extended_tabs"] = [{"title": "Long polls", "key": _KEY}]
    structure = [{"key": key, "title": title} for key, title in _COLUMNS]
    web_ui.template_args["extended_tables"] = [{"key": _KEY, "structure": structure}]

    @web_ui.app.after_request  # type: ignore[untyped-decorator]
    def add_rows(response: Response) -> Response:
        if request.path.endswith("/stats/requests") and response.is_json:
            document = response.get_json()
            document["extended_stats"] = [{"key": _KEY, "data": list(rows(control()))}]
            response.set_data(json.dumps(document))
        return response


def rows(control: Control) -> Iterator[dict[str, str]]:
    """The table: one fact a row."""
    totals, newest = control.totals, control.totals.newest(_NEWEST_S)
    yield from _verdicts(control, newest)
    yield _row("Held", f"{totals.held:,}", f"{totals.count(STARTED):,} started", "polls under way")
    yield _row("Finished", f"{newest.count(FINISHED) / _NEWEST_S:.1f}/s", f"{totals.count(FINISHED):,}")
    yield _row("Unfinished at the stop", "", f"{totals.count(UNFINISHED):,}")
    for name, title in (
        ("poll.overshoot_s", "Overshoot"),
        ("poll.wake_delay_s", "Wake delay"),
        ("poll.instant_s", "Answers without a hold"),
        ("generator.loop_lag_s", "Loop lag"),
    ):
        recent, whole = newest.histogram(name), totals.histogram(name)
        yield _row(title, _three(recent), _three(whole), f"p50 / p99 / max, n = {whole.total:,}")
    for outcome in OUTCOMES:
        name = f"outcome.{outcome}"
        if totals.count(name):
            yield _row(f"Outcome: {outcome}", f"{newest.count(name):,}", f"{totals.count(name):,}")


def _verdicts(control: Control, newest: Newest) -> Iterator[dict[str, str]]:
    """What is wrong comes first."""
    totals = control.totals
    fitness = judge(totals, control.means)
    running = [each for each in fitness.findings if "went missing" not in each.reason]
    yield _row("Generator", "", "UNFIT" if running else "VALID", "; ".join(map(str, running)))
    breaches = {name: count for name, count in totals.counts.items() if name.startswith("breach.")}
    broken = f"{len(breaches)} clause{'' if len(breaches) == 1 else 's'} broken" if breaches else ""
    recent = f"{newest.count('contract.breaches'):,}"
    yield _row("Contract breaches", recent, f"{sum(breaches.values()):,}", broken)
    for name, count in sorted(breaches.items()):
        yield _row(f"Broken: {name.removeprefix('breach.')}", f"{newest.count(name):,}", f"{count:,}")


def _row(what: str, now: str, run: str, note: str = "") -> dict[str, str]:
    return {"what": what, "now": now, "run": run, "note": note}


def _three(histogram: Any) -> str:
    if not histogram.total:
        return "–"
    values = (histogram.quantile(0.5), histogram.quantile(0.99), histogram.max)
    return " / ".join(_digits(value * 1000) for value in values) + "\N{NO-BREAK SPACE}ms"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"
