"""Figures of the regression checks: `python -m tests.bench_regression [FILE.jsonl]`.

Without a file, pairs are generated; with one, its pairs are judged as `diff --pairs` does. A line that has `label`
(true: contained) is scored. Not a test: it asserts nothing, and nobody waits for it.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from generations_contract.regression.verdicts.review import review
from generations_contract.regression.versions.pairs import judged
from tests.containment.test_differential import pair
from tests.regression.test_answer_edits import ROWS as ANSWER_ROWS
from tests.regression.test_request_edits import OLD, REQUEST, ROWS, edited

GENERATED = 1_000


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


def generated() -> Iterable[str]:
    """Lines of generated pairs."""
    for seed in range(GENERATED):
        first, second, draft = pair(seed)
        yield json.dumps({"id": seed, "draft": draft, "s1": first, "s2": second})


def pairs(lines: list[str]) -> None:
    """Judge the pairs; say how many are settled, how long one takes, and how labels compare."""
    labels = {data["id"]: data.get("label") for data in map(json.loads, lines)}
    records: list[dict[str, Any]] = list(judged(lines, formats=False, time_s=3))
    outcomes = Counter(record["verdict"] for record in records)
    times = [record["time_ms"] for record in records]
    settled = outcomes["contained"] + outcomes["not-contained"]
    say(f"{len(records)} pairs: {dict(outcomes)}, {100 * settled / len(records):.1f} % settled")
    say(
        f"a pair: median {median(times):.1f} ms, 95th percentile {quantiles(times, n=20)[-1]:.1f} ms, most {max(times):.0f} ms"
    )
    falsely = Counter(
        "safe" if record["verdict"] == "contained" else "breaking"
        for record in records
        if labels[record["id"]] is not None
        and record["verdict"] in ("contained", "not-contained")
        and (record["verdict"] == "contained") is not labels[record["id"]]
    )
    say(f"against labels: falsely safe {falsely['safe']}, falsely breaking {falsely['breaking']}")


def directories() -> None:
    """Compare the project's schemas with themselves, with each edit, and with many edits at once."""
    every = {pointer: value for _, edits, _ in ROWS[:20] for pointer, value in edits.items()}
    cases = [edits for _, edits, _ in ROWS]
    for name, chosen in (("unchanged", [{}]), ("one edit", cases), ("twenty edits", [every])):
        took_s = []
        for edits in chosen:
            started = time.perf_counter()
            review(OLD, edited(REQUEST, edits), formats=True)
            took_s.append(time.perf_counter() - started)
        say(f"request, {name}: median {1000 * median(took_s):.0f} ms, most {1000 * max(took_s):.0f} ms")
    took_s = []
    for _, file, edits, _ in ANSWER_ROWS:
        started = time.perf_counter()
        review(OLD, edited(file, edits), formats=True)
        took_s.append(time.perf_counter() - started)
    say(f"answers, one edit: median {1000 * median(took_s):.0f} ms, most {1000 * max(took_s):.0f} ms")


if __name__ == "__main__":
    directories()
    pairs(Path(sys.argv[1]).read_text("utf-8").splitlines() if sys.argv[1:] else list(generated()))
