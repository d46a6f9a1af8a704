"""The clients of the matrix: careful ones in many tools, which must be quiet; careless ones, and what each breaks.

A careless client is the careful one of `habits.py` with one habit, or one of `careless/` in another tool.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
CAREFUL = HERE / "careful"
CARELESS = HERE / "careless"


@dataclass(frozen=True)
class Row:
    """A client by name. `needs`: the program; `breaks`: exactly these clauses; `minute`: told in whole minutes only."""

    name: str
    command: tuple[str, ...]
    needs: str
    breaks: frozenset[str] = frozenset()
    minute: bool = False

    @property
    def missing(self) -> str:
        """What this machine lacks for it, "" where it has all."""
        if self.name in ("aiohttp", "requests") and find_spec(self.name) is None:
            return f"{self.name} is not installed"
        return "" if shutil.which(self.needs) else f"{self.needs} is not installed"


def careful(build: Path, *, build_first: bool = True) -> Iterator[Row]:
    """A client in each tool; what has to be built first is built below `build`."""
    python = sys.executable
    yield Row("urllib", (python, str(HERE / "habits.py")), python)
    for name in ("requests", "httpx", "httpx_async", "aiohttp", "urllib3"):
        yield Row(name, (python, str(CAREFUL / f"with_{name}.py")), python)
    yield Row("node-fetch", ("node", str(CAREFUL / "fetch.mjs")), "node")
    yield Row("node-http", ("node", str(CAREFUL / "node_http.cjs")), "node")
    yield Row("curl", ("bash", str(CAREFUL / "with_curl.sh")), "curl")
    yield Row("ruby", ("ruby", str(CAREFUL / "client.rb")), "ruby")
    yield Row("php", ("php", str(CAREFUL / "client.php")), "php")
    yield Row("perl", ("perl", str(CAREFUL / "client.pl")), "perl")
    if build_first and shutil.which("go"):
        subprocess.run(["go", "build", "-o", str(build / "client"), str(CAREFUL / "client.go")], check=True)
    yield Row("go", (str(build / "client"),), "go")


# Habit -> the clauses that it breaks, without their section.
HABITS: dict[str, set[str]] = {
    "timeout-5": {"gives-window"},
    "no-pause": {"resumes-after-cut"},
    "dies-when-cut": {"resumes-after-cut"},
    "dies-on-5xx": {"resumes-after-cut"},
    "page-is-json": {"resumes-after-cut", "reports-failure"},
    "creates-again-when-cut": {"resumes-after-cut"},
    "creates-again-when-lost": {"no-duplicate-creation"},
    "creates-again-after-5xx": {"no-duplicate-creation"},
    "creates-again-after-page": {"no-duplicate-creation"},
    "repeats-4xx": {"retries-only-retryable"},
    "repeats-401": {"retries-only-retryable"},
    "repeats-unless-credit": {"retries-only-retryable", "branches-on-code"},
    "reads-message": {"branches-on-code"},
    "knows-ten-codes": {"tolerates-additions"},
    "strict-fields": {"tolerates-additions"},
    "needs-nulls": {"tolerates-additions"},
    "crashes-on-error": {"reports-failure"},
    "crashes-on-failure": {"reports-failure"},
    "exit-0": {"reports-failure", "request-valid"},
    "silent-failure": {"reports-failure"},
    "no-download": {"reports-failure"},
    "forgets-id": {"resumes-after-crash"},
    "saves-id-at-the-end": {"resumes-after-crash"},
    "no-deadline": {"outer-deadline"},
    "cancelled-goes-on": {"stops-at-terminal"},
    "failed-goes-on": {"stops-at-terminal"},
    "always-polls-once": {"stops-at-terminal"},
    "reloads-at-the-end": {"stops-at-terminal"},
    "short-polls-fast": {"polite-polling", "honours-retry-after"},
    "short-polls-slow": {"polite-polling"},
    "ignores-retry-after": {"honours-retry-after"},
    "get-without-key": {"authorization"},
    "wrong-scheme": {"authorization"},
    "key-in-url": {"key-stays-home", "request-valid"},
    "key-to-media": {"key-stays-home"},
    "key-header-to-media": {"key-stays-home"},
    "key-to-redirect": {"key-stays-home"},
    "unknown-field": {"request-valid"},
    "wait-90": {"request-valid"},
    "wait-90-get": {"request-valid"},
    "unknown-query": {"request-valid"},
    "saves-whatever-comes": {"reports-failure", "asset-in-time"},
    "gives-up-on-dead-url": {"asset-in-time"},
    "repeats-dead-url": {"asset-in-time"},
    "first-asset-only": {"asset-in-time"},
}
# What a minute is needed for.
SLOW_HABITS: dict[str, set[str]] = {
    "timeout-30": {"gives-window"},
    "no-timeout": {"outer-deadline"},
    "timeout-window": {"gives-window"},
    "post-timeout-10": {"gives-window"},
    "get-timeout-10": {"gives-window"},
}


# Habits in other tools.
OTHER_TOOLS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "urllib3-retries-post",
        (sys.executable, str(CAREFUL / "with_urllib3.py"), "retry-post"),
        "no-duplicate-creation",
    ),
    ("curl-retry", ("bash", str(CAREFUL / "with_curl.sh"), "retry"), "no-duplicate-creation"),
    ("node-timeout-10", ("node", str(CAREFUL / "fetch.mjs"), "timeout-10"), "gives-window"),
    ("node-one-header-for-all", ("node", str(CAREFUL / "fetch.mjs"), "one-header-for-all"), "key-stays-home"),
)


def careless() -> Iterator[Row]:
    """The careful client with one habit, for each of them; then those in other tools."""
    for habits, minute in ((HABITS, False), (SLOW_HABITS, True)):
        for habit, breaks in habits.items():
            clauses = frozenset(f"client.{each}" for each in breaks)
            command = (sys.executable, str(HERE / "habits.py"), habit)
            yield Row(habit, command, sys.executable, clauses, minute)
    for name, command, breaks in OTHER_TOOLS:
        yield Row(name, command, command[0], frozenset({f"client.{breaks}"}), minute=breaks == "gives-window")
