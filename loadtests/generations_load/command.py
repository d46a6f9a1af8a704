"""`generations-contract load`: the short form of `locust -f loadtests/locustfile.py --headless`.

Only translation lives here: options in, a command for locust out. Locust runs in a process of its own,
because importing it patches the one it is imported into.
"""

import argparse
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from socket import socket
from typing import Any, Final

from generations_contract.api.usage import UsageError
from generations_load.embedded import end_with_parent
from generations_load.plan.options import add_options
from generations_load.plan.shapes import Plan

LOCUSTFILE: Final = Path(__file__).parent / "under_locust" / "locustfile.py"
_USAGE: Final = 4
_BY_SIGNAL: Final = 128


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """Mount `load` on a command line."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "load",
        help="thousands of long polls, measured and judged",
        description="Put load on a gateway: the embedded reference gateway, or a target. Exit codes: "
        "0 passed, 1 contract broken, 2 interrupted, 3 objectives missed or a regression, 4 wrong usage, "
        "5 the generator was unfit, 6 an objective had no data, 7 the profile's limits ended it. "
        "What stands after -- goes to locust as it is.",
    )
    parser.add_argument("--users", "-u", type=int, default=100, help="users at a time (default: %(default)s)")
    parser.add_argument(
        "--rate", "-r", type=float, help="users started a second (default: a quarter, at most 100)"
    )
    parser.add_argument("--time", "-t", default="60s", help="how long, as 30s, 5m, 1h (default: %(default)s)")
    parser.add_argument("--processes", type=int, help="worker processes (default: one process for all)")
    parser.add_argument("--tags", nargs="*", default=[], help="only scenarios with one of these tags")
    parser.add_argument("--exclude-tags", nargs="*", default=[], help="no scenario with one of these tags")
    add_options(parser)
    parser.add_argument("more", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(run=run)
    return parser


def command(options: argparse.Namespace) -> list[str]:
    """The locust command that the options stand for."""
    rate = options.rate or max(1.0, min(100.0, options.users / 4))
    found = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]
    if not _has_course(options.load_plan):
        found += ["-u", str(options.users), "-r", f"{rate:g}", "-t", options.time]
    if options.processes:
        port = str(_free_port())
        found += ["--processes", str(options.processes), "--master-bind-port", port, "--master-port", port]
    for name in ("tags", "exclude_tags"):
        if getattr(options, name):
            found += [f"--{name.replace('_', '-')}", *getattr(options, name)]
    for name in ("target", "schemas", "load_report", "load_plan", "slo", "compare", "wait", "catalogue"):
        value = getattr(options, name)
        if value is not None:
            found += [f"--{name.replace('_', '-')}", str(value)]
    for name in ("scenario", "fault"):
        for value in getattr(options, name):
            found += [f"--{name}", value]
    found += ["--settle", f"{options.settle:g}", "--load-seed", str(options.load_seed)]
    found += ["--no-judging"] if options.no_judging else []
    return [*found, *(each for each in options.more if each != "--")]


def run(options: argparse.Namespace) -> int:
    """Run locust to its end; returns its exit code."""
    complaint = _complaint(options)
    if complaint:
        sys.stderr.write(f"load: {complaint}\n")
        return _USAGE
    process = subprocess.Popen(command(options), preexec_fn=end_with_parent)  # noqa: S603
    with _passing_on(process):
        code = process.wait()
    return code if code >= 0 else _BY_SIGNAL - code


@contextmanager
def _passing_on(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Signals are for locust, which ends with a verdict; what it has had already from the terminal does no harm."""

    def pass_on(number: int, _frame: object) -> None:
        process.send_signal(signal.SIGTERM if number != signal.SIGINT else number)

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {each: signal.getsignal(each) for each in numbers}
    heard = [each for each in numbers if before[each] is not signal.SIG_IGN]  # nohup
    for each in heard:
        signal.signal(each, pass_on)
    try:
        yield
    finally:
        for each in heard:
            signal.signal(each, before[each])


def _free_port() -> int:
    """A port for this run's own workers: two runs on one machine do not meet."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _has_course(path: str | None) -> bool:
    """Whether a plan says itself how many users come, and for how long; what is wrong with it is told by locust."""
    try:
        plan = Plan.load(Path(path)) if path else Plan()
    except UsageError:
        return True
    return bool(plan.stage or plan.breakpoint)


def _complaint(options: argparse.Namespace) -> str | None:
    if find_spec("locust") is None:
        return "locust is not installed: pip install 'generations-contract[load]'"
    if options.users < 1:
        return f"--users {options.users}: at least 1"
    if not re.fullmatch(r"(\d+h)?(\d+m)?(\d+s?)?", options.time) or not options.time:
        return f"--time {options.time}: write it as 30s, 5m or 1h"
    return None
