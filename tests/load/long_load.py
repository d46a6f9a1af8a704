"""Load runs that take minutes: `pytest tests/long_load.py`. Ten faults, workers that die, the web page.

Not collected by plain pytest (its name says so): CI chooses it by path.
"""

import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from socket import socket
from typing import Any

import psutil
import pytest

from generations_contract.gateway.tampers import FAULTS, VARIANTS
from generations_load.verdict.slo import ExitCode
from tests.load.load_helpers import ROOT, finish, load_run
from tests.load.test_load_judge import agree

CATALOGUE = ROOT / "contracts" / "generations_contract" / "gateway" / "catalogue.toml"
GATE = 'objectives = ["contract.breaches == 0", "errors.ratio < 0.01", "poll.overshoot_s.p99 < 2"]\n'
# Fault -> (the longest window, the scenarios that meet it).
FAULTY: dict[str, tuple[str, tuple[str, ...]]] = {
    "wait-answers-at-window-end": ("10", ("fan-out",)),
    "wait-video-early-once-in-five": ("2", ("video-poll",)),
    "wait-second-late-on-video": ("2", ("video-poll",)),
    "wait-busy-delays": ("2", ("full-window",)),
    "lifecycle-forgotten-after-drop": ("2", ("abandon-resume",)),
    "lifecycle-third-poll-stale": ("2", ("full-window",)),
    "lifecycle-unknown-id-held": ("2", ("strict-input",)),
    "headers-terminal-no-store": ("2", ("image-auto", "video-poll")),
    "headers-no-retry-after": ("2", ("full-window",)),
    "strict-top-dropped": ("2", ("strict-input",)),
    "errors-n-text-500": ("2", ("strict-input",)),
}
# Random first windows are fractions: what ends a window early or late breaks this one too.
AS_WELL = {"wait.fractional"}


def run(directory: Path, *options: str, timeout_s: float = 120) -> tuple[int, str, dict[str, Any]]:
    """A whole run with loose objectives."""
    slo = directory.parent / "slo.toml"
    slo.write_text(GATE)
    with load_run(directory, "--slo", str(slo), *options) as process:
        return finish(process, directory, timeout_s)


@pytest.mark.parametrize("fault", FAULTY)
def test_fault_under_load_is_named_by_its_clause(tmp_path: Path, fault: str) -> None:
    """Each fault, served to forty users: the run names clauses that the fault declares, and no other."""
    wait, names = FAULTY[fault]
    scenarios = [part for name in names for part in ("--scenario", name)]
    seconds = max(13, int(wait) + 9)
    options = ("-u", "40", "-r", "20", "-t", f"{seconds}s", "--wait", wait, "--fault", fault, *scenarios)
    code, _, result = run(tmp_path / "r", *options)
    named = set(result["contract"]["breaches"])
    assert named & FAULTS[fault].breaks
    assert named <= FAULTS[fault].breaks | AS_WELL
    assert code == ExitCode.BREACH


@pytest.mark.parametrize("name", [*FAULTS, *VARIANTS])
def test_short_cut_agrees_with_the_whole_judge(name: str) -> None:
    """For every fault and variant of the catalogue, in virtual time."""
    assert agree(name)


def books(result: dict[str, Any]) -> tuple[int, int]:
    """(started, finished + unfinished + lost)."""
    polls = result["polls"]
    return polls["started"], polls["finished"] + polls["unfinished"] + polls["lost_with_workers"]


def test_three_workers_give_the_figures_of_one_process(tmp_path: Path) -> None:
    """The same load in one process and in three: books that balance, and outcomes in the same shares."""
    options = ("-u", "60", "-r", "60", "-t", "16s", "--wait", "1", "--scenario", "full-window")
    alone = run(tmp_path / "one", *options)[2]
    spread = run(tmp_path / "three", *options, "--processes", "3")[2]
    for result in (alone, spread):
        assert books(result)[0] == books(result)[1] > 300
        assert result["polls"]["imbalances"] == []
        assert result["contract"]["breaches"] == {}
    assert len(spread["workers"]) == 3
    shares = [
        {name: count / each["polls"]["finished"] for name, count in each["polls"]["outcomes"].items()}
        for each in (alone, spread)
    ]
    assert shares[0] == {name: pytest.approx(share, abs=0.08) for name, share in shares[1].items()}
    summed = sum(worker["counts"]["poll.finished"] for worker in spread["workers"].values())
    assert summed == spread["polls"]["finished"]
    metric = "poll.overshoot_s"
    assert spread["histograms"][metric]["n"] == sum(spread["histograms"][metric]["b"][1::2])


def test_killed_worker_is_told_and_the_rest_stays_consistent(tmp_path: Path) -> None:
    """One of three workers dies by SIGKILL: UNFIT, how many polls it took along, books that balance."""
    slo = tmp_path / "slo.toml"
    slo.write_text(GATE)
    options = ("-u", "60", "-r", "60", "-t", "22s", "--wait", "1", "--processes", "3", "--slo", str(slo))
    with load_run(tmp_path / "r", *options, "--scenario", "full-window") as process:
        time.sleep(13)
        workers = [
            each
            for each in psutil.Process(process.pid).children()
            if "generations_contract.gateway" not in each.cmdline()
        ]
        assert len(workers) == 3
        os.kill(workers[0].pid, signal.SIGKILL)
        code, printed, result = finish(process, tmp_path / "r", 120)
    assert code == ExitCode.UNFIT
    assert re.search(r"UNFIT: .* went missing: \d+ of its polls are lost", printed)
    assert result["polls"]["lost_with_workers"] > 0
    assert books(result)[0] == books(result)[1]
    assert result["polls"]["imbalances"] == []
    assert [worker["finished"] for worker in result["workers"].values()].count(False) == 1


def test_interrupted_run_has_a_verdict(tmp_path: Path) -> None:
    """Ctrl-C: users stop, what is in flight is unfinished, the report is written, and says so."""
    # Where the tests were started in the background Ctrl-C is ignored, and what they start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = ("-u", "20", "-r", "20", "-t", "60s", "--wait", "2")
    with load_run(tmp_path / "r", *options) as process:
        time.sleep(9)
        process.send_signal(signal.SIGINT)
        _, printed, result = finish(process, tmp_path / "r")
    assert result["ended"] == "interrupted"
    assert books(result)[0] == books(result)[1] > 0
    assert "Traceback" not in printed


def test_gateway_that_the_machine_stops_breaks_no_clause(tmp_path: Path) -> None:
    """The embedded gateway has no core for 1.5 s, in the middle of the run: late answers are doubtful."""
    options = ("-u", "40", "-r", "40", "-t", "14s", "--wait", "1")
    slo = tmp_path / "slo.toml"
    slo.write_text(GATE)
    with load_run(tmp_path / "r", "--slo", str(slo), *options) as process:
        time.sleep(8)
        gateway = next(
            each
            for each in psutil.Process(process.pid).children()
            if "generations_contract.gateway" in each.cmdline()
        )
        gateway.suspend()
        time.sleep(1.5)
        gateway.resume()
        _, printed, result = finish(process, tmp_path / "r")
    assert result["contract"]["breaches"] == {}, printed
    assert result["contract"]["doubtful"] > 0


def test_run_that_is_killed_leaves_no_gateway_behind(tmp_path: Path) -> None:
    """SIGKILL, which nobody can handle: the embedded gateway ends too."""
    with load_run(tmp_path / "r", "-u", "2", "-r", "2", "-t", "60s") as process:
        deadline, served = time.monotonic() + 30, list[psutil.Process]()
        while time.monotonic() < deadline and not served:
            time.sleep(0.2)
            children = psutil.Process(process.pid).children()
            served = [each for each in children if "generations_contract.gateway" in each.cmdline()]
        time.sleep(2)
        process.kill()
        process.communicate(timeout=30)
        assert psutil.wait_procs(served, timeout=20)[1] == []
    assert served


def test_breakpoint_search_names_a_level(tmp_path: Path) -> None:
    """With an objective that only some levels meet, the search ends between a good and a bad one."""
    plan, slo = tmp_path / "plan.toml", tmp_path / "slo.toml"
    plan.write_text(
        "[breakpoint]\nstart = 5\nlimit = 80\nfactor = 2.0\nprecision = 0.3\nhold_s = 4\nsettle_s = 1\n"
        "[mix]\nfull-window = 1\n[scenario.full-window]\nwait_s = 1\n"
    )
    # Polls a second grow with the users: some 30 a level of 4 s for every 8 of them.
    slo.write_text('objectives = ["poll.started < 100", "contract.breaches == 0"]\n')
    with load_run(tmp_path / "r", "--load-plan", str(plan), "--slo", str(slo)) as process:
        _, _, result = finish(process, tmp_path / "r", 150)
    found = result["run"]["breakpoint"]
    assert 5 <= found["highest_good"] < found["lowest_bad"] <= 80
    assert [level["held"] for level in found["levels"]].count(False) >= 1


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 10_500, reason="needs 10,500 open files")
def test_reference_gateway_holds_ten_thousand_polls(tmp_path: Path) -> None:
    """Ten thousand polls held at a time by the gateway itself: none lost, no clause broken, books that balance."""
    catalogue, plan = tmp_path / "catalogue.toml", tmp_path / "plan.toml"
    slow = CATALOGUE.read_text("utf-8").replace("running_s = [5.6, 6.4]", "running_s = [27.0, 29.0]")
    catalogue.write_text(slow)
    plan.write_text("[mix]\nfull-window = 1\n[scenario.full-window]\nwait_s = 8\npolls = 10\n")
    options = ("-u", "10000", "-r", "250", "-t", "75s", "--load-plan", str(plan))
    _, _, result = run(tmp_path / "r", *options, "--catalogue", str(catalogue), timeout_s=200)
    assert max(second["gauges"]["poll.held"] for second in result["seconds"]) > 9_900
    assert books(result)[0] == books(result)[1] > 50_000
    assert result["polls"]["imbalances"] == []
    assert result["polls"]["outcomes"]["error"] + result["polls"]["outcomes"]["cut"] == 0
    assert result["fitness"]["figures"]["connections_opened"] == 10_000
    # On a busy machine answers are late, and that is told; nothing else is.
    assert set(result["contract"]["breaches"]) <= {"wait.never-late", "wait.fractional"}


SLOW_TO_PROVE = """
import gevent
from generations_load.under_locust import selftest
prove = selftest.problems
selftest.problems = lambda: gevent.sleep(1.5) or prove()
from generations_load.under_locust.locustfile import *
"""


def test_worker_hears_the_order_that_comes_during_its_selftest(tmp_path: Path) -> None:
    """Master and workers by hand: the last one to connect is told to spawn at once, and does when it can.

    The run passes, unless this machine was too busy to measure anything; then it says so, and nothing else.
    """
    slo = tmp_path / "slo.toml"
    slo.write_text(GATE)
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    (tmp_path / "slow.py").write_text(SLOW_TO_PROVE)
    line = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        str(tmp_path / "slow.py"),
        "--worker",
        "--master-port",
        port,
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    options = ("--master", "--master-bind-port", port, "--expect-workers", "2", "-u", "20", "-r", "20")
    with load_run(tmp_path / "r", *options, "--slo", str(slo), "-t", "12s", "--wait", "1") as master:
        workers = [
            subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)
        ]
        code, printed, result = finish(master, tmp_path / "r")
        complaints = [worker.communicate(timeout=30)[1] for worker in workers]
    assert [each["counts"]["poll.finished"] > 20 for each in result["workers"].values()] == [True] * 2, (
        printed
    )
    assert "Traceback" not in "".join(complaints)
    reasons = [each["reason"] for each in result["fitness"]["findings"]]
    assert all("the event loop lagged" in each for each in reasons)
    assert code == (ExitCode.UNFIT if reasons else ExitCode.PASSED), printed
