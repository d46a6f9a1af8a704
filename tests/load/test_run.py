"""Whole load runs, short ones: the honest gateway, faults, servers that misbehave, wrong usage.

They run some at a time, once for this module, on a busy machine: nothing here rests on times.
"""

import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from socket import socket
from typing import Any
from xml.etree import ElementTree

import pytest

from generations_load.verdict.slo import ExitCode
from tests.load.load_helpers import (
    KEY,
    Finished,
    Server,
    closes,
    closes_politely,
    cuts_after,
    finish,
    finishes,
    load_run,
    silent,
    turns_away,
)

# Loose: several runs share a busy machine here. What the objectives do is tested elsewhere.
GATE = """objectives = ["contract.breaches == 0", "errors.ratio < 0.001", "poll.overshoot_s.p99 < 2"]
abort = ["errors.ratio < 0.5"]
abort_after_s = 2
abort_window_s = 2
"""
TERMS = """[target]
base_url = "URL"
[models]
image = "flux-1.1-pro"
video = "veo-3"
slow = "runway-gen4"
[limits]
max_cost_usd = 50
max_generations = LIMIT
wait_slack_s = 2.0
"""


RUNS: dict[str, tuple[str, ...]] = {
    "honest": ("-u", "20", "-r", "20", "-t", "12s", "--wait", "1"),
    "open": ("--load-plan", "open.toml", "--wait", "1"),
    "stale": ("-u", "8", "-r", "8", "-t", "9s", "--wait", "1", "--scenario", "full-window",
              "--fault", "lifecycle-third-poll-stale"),
    "header": ("-u", "8", "-r", "8", "-t", "7s", "--wait", "1", "--fault", "headers-terminal-no-store"),
    "silent": ("-u", "10", "-r", "10", "-t", "6s", "--wait", "1"),
    "cut": ("-u", "10", "-r", "10", "-t", "8s", "--wait", "4", "--scenario", "full-window"),
    "closes": ("-u", "10", "-r", "10", "-t", "20s"),
    "no keep-alive": ("-u", "10", "-r", "10", "-t", "7s", "--wait", "1", "--scenario", "full-window"),
    "budget": ("-u", "10", "-r", "10", "-t", "30s", "--wait", "1", "--scenario", "full-window"),
    "dead": ("-u", "10", "-r", "10", "-t", "10s", "--wait", "1", "--scenario", "full-window"),
    "unreachable": ("-u", "1", "-r", "1", "-t", "5s"),
    "wrong path": ("-u", "1", "-r", "1", "-t", "5s"),
    "turned away": ("-u", "10", "-r", "10", "-t", "10s", "--wait", "1", "--scenario", "full-window"),
}  # fmt: skip
AT_A_TIME = 3
MISBEHAVING = {
    "silent": silent,
    "cut": cuts_after(1.0),
    "closes": closes,
    "no keep-alive": closes_politely,
    "budget": finishes,
    "turned away": turns_away,
}
SCARCE = {"budget", "dead", "turned away"}  # the profile allows seven generations
OPEN = """[population]
kind = "open"
[[stage]]
kind = "constant"
level = 10
for_s = 7
[mix]
image-auto = 1
video-poll = 1
"""


def start(root: Path, name: str, url: str | None) -> "AbstractContextManager[subprocess.Popen[str]]":
    """One run of the table, towards its server, if it has one."""
    target = None
    if url is not None:
        limit = "7" if name in SCARCE else "500"
        (root / f"{name}.toml").write_text(TERMS.replace("URL", url).replace("LIMIT", limit))
        target = str(root / f"{name}.toml")
    return load_run(root / name, "--slo", str(root / "slo.toml"), *RUNS[name], target=target)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Finished]]:
    """Every run of the table, some at the same time."""
    root = tmp_path_factory.mktemp("load")
    (root / "slo.toml").write_text(GATE)
    (root / "open.toml").write_text(OPEN)
    found: dict[str, Finished] = {}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(Server(behave)) for name, behave in MISBEHAVING.items()}
        urls = {name: server.url for name, server in servers.items()}
        urls["dead"] = stack.enter_context(Server(silent, dies=True)).url
        nobody = stack.enter_context(socket())  # bound, and nobody listens: every connection is refused
        nobody.bind(("127.0.0.1", 0))
        urls["unreachable"] = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        urls["wrong path"] = f"{servers['budget'].url}/v1"
        names = list(RUNS)
        for wave in (names[index : index + AT_A_TIME] for index in range(0, len(names), AT_A_TIME)):
            started = {name: stack.enter_context(start(root, name, urls.get(name))) for name in wave}
            for name, process in started.items():
                code, printed, result = finish(process, root / name, 240)
                seen = servers[name].seen if name in servers else []
                found[name] = Finished(code, printed, result, root / name, seen)
        yield found


def balanced(polls: dict[str, Any]) -> bool:
    """Whether the books of a run balance."""
    return not polls["imbalances"] and polls["started"] == polls["finished"] + polls["unfinished"] > 0


def test_honest_gateway_breaks_no_clause(runs: dict[str, Finished]) -> None:
    """The embedded gateway is started and named; no clause is broken, the polls add up, all is judged."""
    run = runs["honest"]
    assert "the reference gateway serves on http://127.0.0.1:" in run.printed
    assert run.result["contract"]["breaches"] == {}
    assert run.result["contract"]["judged"] == run.result["polls"]["finished"]
    assert len(run.result["contract"]["exercised"]) > 30
    assert balanced(run.result["polls"])
    assert run.code in (ExitCode.PASSED, ExitCode.UNFIT)  # on a busy machine it must say that it is unfit
    assert (run.code == ExitCode.UNFIT) is (run.result["fitness"]["verdict"] == "UNFIT")


def test_report_has_three_forms_without_a_secret(runs: dict[str, Finished]) -> None:
    """load.json, junit.xml (valid, one case per clause), report.html; none of them holds a key."""
    run = runs["honest"]
    suite = ElementTree.parse(run.directory / "junit.xml").getroot()  # noqa: S314 - our own file
    assert int(suite.get("tests") or 0) == len(list(suite.iter("testcase"))) > 30
    assert "<svg" in (run.directory / "report.html").read_text("utf-8")
    for each in runs.values():
        for file in each.directory.iterdir() if each.directory.exists() else ():
            assert KEY not in file.read_text("utf-8")
            assert "ze_" not in file.read_text("utf-8").replace("size_", "")


def test_open_population_counts_every_arrival(runs: dict[str, Finished]) -> None:
    """About seventy Poisson arrivals in seven seconds, none dropped, each started near its time."""
    result = runs["open"].result
    assert 35 < result["counts"]["arrival.due"] < 115
    assert result["counts"].get("arrival.dropped", 0) == 0
    assert result["histograms"]["arrival.lateness_s"]["p50"] < 0.5
    assert balanced(result["polls"])


@pytest.mark.parametrize(
    ("name", "clause"), [("stale", "lifecycle.forward-only"), ("header", "headers.cache-terminal")]
)
def test_fault_is_named_by_its_clause(runs: dict[str, Finished], name: str, clause: str) -> None:
    """A faulty gateway: the clause is a failed request, explained with a curl line; exit code 1."""
    run = runs[name]
    assert clause in run.result["contract"]["breaches"]
    assert run.code == ExitCode.BREACH
    story = next(each for each in run.result["contract"]["stories"] if each["clause"] == clause)
    assert story["generation"] in story["curl"]
    assert "$GATEWAY" in story["curl"]
    assert f"ContractBreachError('{clause}: expected" in run.printed
    *_, total = [each for each in run.printed.splitlines() if "Aggregated" in each and "(" in each]
    assert int(total.split()[1]) == run.result["polls"]["finished"]


def test_server_that_never_answers_gives_no_data(runs: dict[str, Finished]) -> None:
    """Nothing was answered: every poll is unfinished, with its age, and the run fails."""
    run = runs["silent"]
    polls = run.result["polls"]
    assert polls["finished"] == 0
    assert polls["unfinished"] == polls["started"] == len(run.seen) > 0
    assert run.result["histograms"]["poll.unfinished_age_s"]["max"] > 2
    assert run.code in (ExitCode.NO_DATA, ExitCode.UNFIT)
    assert {each["result"] for each in run.result["objectives"]} <= {"no data"}


def test_polls_cut_by_a_proxy_are_told_by_their_age(runs: dict[str, Finished]) -> None:
    """Windows of 4 s, cut at 1 s: each is a cut of that age, sent once and never again."""
    run = runs["cut"]
    cut = run.result["polls"]["outcomes"]["cut"]
    assert cut > 0
    assert "cut: reset after about 1" in run.printed
    gets = sum(head.startswith(b"GET") for head in run.seen)
    assert cut <= gets <= run.result["polls"]["started"]
    # What was counted as started, and had not arrived when the run stopped, is unfinished.
    assert 0 <= run.result["polls"]["started"] - len(run.seen) <= run.result["polls"]["unfinished"]
    assert run.code not in (ExitCode.PASSED, ExitCode.USAGE)


def test_server_that_closes_everything_ends_the_run_early(runs: dict[str, Finished]) -> None:
    """Every poll is cut at once: none is sent twice, and the run ends early because it is hopeless."""
    run = runs["closes"]
    polls = run.result["polls"]
    assert polls["outcomes"]["cut"] == polls["finished"] > 0
    assert len(run.seen) <= polls["started"]
    assert "ended early: errors.ratio < 0.5 is 1" in run.result["ended"]
    assert run.result["run"]["lasted_s"] < 15
    assert run.code not in (ExitCode.PASSED, ExitCode.USAGE)


def test_server_without_keep_alive_makes_the_run_unfit(runs: dict[str, Finished]) -> None:
    """Every answer closes its connection: times include connecting, and the run says so."""
    run = runs["no keep-alive"]
    assert run.result["counts"]["connection.reopened"] > 5
    reasons = [each["reason"] for each in run.result["fitness"]["findings"]]
    assert any("had to open a connection again" in reason for reason in reasons)
    assert run.code != ExitCode.PASSED


def test_budget_of_the_profile_holds_under_load(runs: dict[str, Finished]) -> None:
    """Seven generations are allowed: seven creations reach the server, and the run ends for that reason."""
    run = runs["budget"]
    assert sum(head.startswith(b"POST") for head in run.seen) == 7
    assert (
        "budget is used up: max_generations = 7; write [load.limits] max_generations = "
        in run.result["ended"]
    )
    # This server's answers break clauses, which is a fact whatever ended the run.
    assert run.code == ExitCode.BREACH
    assert run.printed.splitlines()[-1].startswith("load: CONTRACT BROKEN (the profile's budget is used up")
    assert run.result["run"]["lasted_s"] < 25


def test_dead_target_neither_burns_the_budget_nor_is_hammered(runs: dict[str, Finished]) -> None:
    """Every connection is refused from the start of the run on: no generation is used up, and pauses grow."""
    run = runs["dead"]
    polls = run.result["polls"]
    assert polls["finished"] == polls["outcomes"]["error"]
    # Steps of 0.5, 1, 2, 4, 8 s, each at least half: at most five or six in ten seconds.
    assert 10 <= polls["started"] <= 10 * 6
    assert "budget.exhausted" not in run.result["counts"]
    assert "times a user paused after a failure" in run.printed
    assert run.code in (ExitCode.SLO, ExitCode.NO_DATA, ExitCode.UNFIT)


@pytest.mark.parametrize(
    ("name", "told"), [("unreachable", "nothing listens there"), ("wrong path", "is not this API")]
)
def test_wrong_address_ends_before_the_first_user(runs: dict[str, Finished], name: str, told: str) -> None:
    """One line, exit code 4; nothing was sent but the questions before the run."""
    run = runs[name]
    assert (run.code, run.seen) == (ExitCode.USAGE, [])
    (line,) = [each for each in run.printed.splitlines() if each.startswith("load: ")]
    assert told in line


def test_users_who_are_told_to_slow_down_do(runs: dict[str, Finished]) -> None:
    """429 with Retry-After 2 for everything: nobody asks again sooner, and no generation is used up."""
    run = runs["turned away"]
    assert run.result["polls"]["outcomes"]["limited"] == run.result["polls"]["finished"] >= 10
    assert len(run.seen) <= 10 * (10 / 2 + 1)
    assert "budget.exhausted" not in run.result["counts"]
