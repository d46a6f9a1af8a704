"""Figures of large documents, as ratios of two things measured in one run: `python -m tests.bench_large [PATHS]`.

The document is made here, in the shape of real ones: each operation uses a few of many components. Compared with
parsing it: a diff against equal bytes, against itself parsed again, and against a version with ten edits. And the
memory of all that, as a multiple of the document as Python holds it. Not a test: it asserts nothing.
"""

import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from generations_contract.regression.sources import load
from generations_contract.regression.verdicts.review import review

Json = Any
COMPONENTS_A_PATH = 10


def part(place: int, count: int) -> Json:
    """A component with many members, each fifth referring to another."""
    following = {"$ref": f"#/components/schemas/S{(place * 7 + 1) % count}"}
    members = {f"p{k}": {"type": ["string", "null"], "description": "what it is " * 8} for k in range(10)}
    last = following if place % 5 == 0 else {"type": "integer"}
    return {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string"}, **members, "next": last},
    }


def document(paths: int) -> Json:
    """The document of so many operations."""
    count = paths * COMPONENTS_A_PATH

    def body(place: int) -> Json:
        return {
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/S{place % count}"}}}
        }

    operations = {
        f"/v1/r{i}": {
            "post": {"requestBody": body(i), "responses": {"200": {"description": "", **body(i + 1)}}}
        }
        for i in range(paths)
    }
    schemas = {f"S{i}": part(i, count) for i in range(count)}
    return {"openapi": "3.1.0", "info": {}, "paths": operations, "components": {"schemas": schemas}}


def took_s(work: Callable[[], object]) -> float:
    """Seconds of the processor: the least of three."""
    least = float("inf")
    for _ in range(3):
        gc.collect()
        started = time.process_time()
        work()
        least = min(least, time.process_time() - started)
    return least


def main(paths: int) -> None:
    """Measure and print."""
    old = document(paths)
    new = json.loads(json.dumps(old))
    for place in range(10):
        new["components"]["schemas"][f"S{place}"]["properties"]["p3"] = {"type": "string"}
    with TemporaryDirectory() as name:
        files = [Path(name) / "old.json", Path(name) / "new.json"]
        for file, content in zip(files, (old, new), strict=True):
            file.write_text(json.dumps(content), "utf-8")

        def compared(one: Path, other: Path) -> object:
            return review(load(str(one)), load(str(other)), formats=True)

        parsing = took_s(lambda: json.loads(files[0].read_bytes()))
        for told, pair in (("itself", (files[0], files[0])), ("ten edits", (files[0], files[1]))):
            ratio = took_s(lambda pair=pair: compared(*pair)) / parsing  # type: ignore[misc]
            sys.stdout.write(f"diff against {told} ÷ parsing once: {ratio:.1f}\n")
        tracemalloc.start()
        kept = json.loads(files[0].read_bytes())
        held = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        compared(*files)
        peak = tracemalloc.get_traced_memory()[1]
        sys.stdout.write(
            f"memory of ten edits ÷ the document as held: {peak / held:.1f} ({len(kept['paths'])} paths)\n"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 80)
