"""Python's garbage collector, out of the way of runs that keep much and drop little.

What exists when a run begins (modules, schemas, clauses) stays to its end, and of what is dropped later most is
freed by its reference count. Left alone, the collector walks through all of it again and again: a quarter of a
virtual campaign's time (`tests/bench_campaign.py`), and pauses under load that look like a slow server.
"""

import gc


def settle(young: int = 20_000, middle: int = 20, old: int = 50) -> None:
    """Collect everything, leave what remains alone for good, and look rarely at what comes: `gc.set_threshold`."""
    gc.unfreeze()
    gc.collect()
    gc.set_threshold(young, middle, old)
    gc.freeze()
