"""Runs as pytest plays them where the way is bad: exit codes, and what every form of report says of it."""

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.scripts.script import Fetch, once
from generations_contract.wire.bounds import Bounds
from generations_contract.wire.preflight import look_at
from generations_contract.wire.stage import HttpStage
from tests.run.runs import Run, one, states
from tests.support import sockets
from tests.support.chaos import Chaos, bad_network
from tests.support.exchanges import ENVIRONMENT
from tests.support.stages import play, served

pytest_plugins = ["pytester", "tests.run.runs"]

FREE = one(
    '"lifecycle.not-found", depth="free"', 'for _ in range(30): yield Fetch("gen_never", intent="unknown-id")'
)
# Held at once for some 20 s, as a probe of the whole contract is.
HELD = one(
    '"wait.never-early", "wait.wakes"',
    "created = yield Create(target.request(target.models.slow, wait=0))\n"
    "    for _ in range(3): yield Fetch(created.generation_id, wait=30)",
)
SOON = Bounds((0.01,), grace_s=0.5, connect_s=0.5)


@pytest.fixture
def behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Target], str]:
    """The profile of a served target at the address of what stands before it."""

    def turned(url: str, target: Target) -> str:
        for label, key in target.keys.items():
            monkeypatch.setenv(target.variables[label], key)
        text = (tmp_path / "served.toml").read_text(encoding="utf-8")
        path = tmp_path / "turned.toml"
        path.write_text(text.replace(target.base_url, url), encoding="utf-8")
        return str(path)

    return turned


def forms(directory: Path) -> dict[str, str]:
    """The reports that a person or a CI system reads, by file name."""
    return {
        name: (directory / "report" / name).read_text() for name in ("summary.md", "report.html", "junit.xml")
    }


def test_run_that_loses_connections_passes_with_one_line(
    run: Run, tmp_path: Path, pytester: pytest.Pytester, behind: Callable[[str, Target], str]
) -> None:
    """A tenth of the connections is lost: no failed test, exit code 0, and the sum in terminal and reports."""
    with served(tmp_path) as target, bad_network(target.base_url, Chaos(0.1, 0.01, 0.005, seed=3)) as chaos:
        result, report = run(FREE, "--contract-target", behind(chaos.url, target))
    assert (result.ret, report["outcome"], chaos.lost > 0) == (0, "passed", True)
    (line,) = report["network"]
    assert line.endswith("asked again")
    result.stdout.fnmatch_lines([line])
    for name, text in forms(pytester.path).items():
        assert line in text, name


def test_run_without_a_promised_case_is_inconclusive(
    run: Run, tmp_path: Path, pytester: pytest.Pytester, behind: Callable[[str, Target], str]
) -> None:
    """Every creation is lost: nothing failed, nothing is broken, exit code 6, an error in JUnit, and why everywhere."""
    with served(tmp_path) as target, bad_network(target.base_url, Chaos(0, 0, 0, always=b"POST ")) as chaos:
        result, report = run(HELD, "--contract-target", behind(chaos.url, target))
    assert (result.ret, report["outcome"], report["counts"]["broken"]) == (6, "inconclusive", 0)
    assert states(report)["wait.wakes"] == "not exercised"
    told = report["network"][-1]
    assert told.startswith("inconclusive: what was lost leaves wait.never-early, wait.wakes without exercise")
    for name, text in forms(pytester.path).items():
        assert told in text, name
    assert "<error" in forms(pytester.path)["junit.xml"]
    result.assert_outcomes(skipped=1)


@pytest.mark.parametrize(
    ("status", "headers", "remedy"),
    [
        (b"502 Bad Gateway", b"", "is the gateway behind it up?"),
        (
            b"503 Service Unavailable",
            b"Content-Type: text/html\r\n",
            "does a limiter let this client through?",
        ),
        (
            b"429 Too Many Requests",
            b"Content-Type: text/plain\r\n",
            "let this client through its limiter, or wait",
        ),
        (b"403 Forbidden", b"Content-Type: text/html\r\n", "let this client through its firewall"),
    ],
)
def test_edge_that_answers_for_the_gateway_is_told_before_the_run(
    status: bytes, headers: bytes, remedy: str
) -> None:
    """A dead upstream, a limiter, a firewall, of whatever product: one line that says what to do."""
    page = b"HTTP/1.1 " + status + b"\r\n" + headers + b"Content-Length: 4\r\nConnection: close\r\n\r\nBusy"
    with sockets.listening(sockets.sending(page)) as url, pytest.raises(UsageError) as caught:
        look_at(Target.at(url, ENVIRONMENT), bounds=SOON)
    code = status.split()[0].decode()
    assert f"answers in the gateway's place (an unknown one with {code})" in str(caught.value)
    assert str(caught.value).endswith(remedy)


def test_connection_that_is_lost_before_the_run_is_asked_again() -> None:
    """Of the first round trips one is reset: the target is usable all the same."""
    turns = itertools.count()
    answer = b"HTTP/1.1 404 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"

    def now_and_then(client: object, over: object) -> None:
        (sockets.resetting if next(turns) == 1 else sockets.sending(answer))(client, over)  # type: ignore[arg-type]

    with sockets.listening(now_and_then) as url:
        assert look_at(Target.at(url, ENVIRONMENT), 3, SOON).floor_s > 0
    assert next(turns) == 4


@pytest.mark.parametrize(
    ("step_s", "remark"),
    [
        (0, None),
        (4, None),
        (-120, "this machine's clock is 2 min behind the gateway's Date; moments are judged by the latter"),
        (3600, "this machine's clock is 1 h ahead of the gateway's Date; moments are judged by the latter"),
        (-30, "this machine's clock is 30 s behind the gateway's Date; moments are judged by the latter"),
    ],
)
def test_wrong_clock_of_this_machine_is_one_line(tmp_path: Path, step_s: float, remark: str | None) -> None:
    """Told by the gateway's `Date`, whichever way it is wrong; a few seconds are nothing."""
    with served(tmp_path) as target:
        seen = look_at(target, unix=lambda: time.time() + step_s)
    assert seen.remark == remark


@pytest.mark.parametrize("step_s", [-3600, -120, 3600])
def test_moments_are_judged_by_the_clock_of_the_target(tmp_path: Path, step_s: float) -> None:
    """An exchange knows the target's time by its `Date`, whatever this machine's clock says."""
    with served(tmp_path) as target:
        stage = HttpStage(target, unix=lambda: time.time() + step_s)
        seen, _ = play(stage, once(Fetch("gen_never")))
        stage.close()
    assert seen.server_unix == pytest.approx(time.time(), abs=60)
    assert seen.answered_unix == pytest.approx(time.time() + step_s, abs=60)


def test_run_by_a_wrong_clock_breaks_nothing(
    run: Run, tmp_path: Path, behind: Callable[[str, Target], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour behind: the timestamps are judged by the gateway's own time, and the clock is one line."""
    life = one('"response.timestamps"', "yield Create(target.request(wait=5))")
    real = time.time
    with served(tmp_path) as target:
        profile = behind(target.base_url, target)
        monkeypatch.setattr(time, "time", lambda: real() - 3600)
        result, report = run(life, "--contract-target", profile)
    assert (result.ret, states(report)["response.timestamps"]) == (0, "held")
    assert report["network"] == [
        "this machine's clock is 1 h behind the gateway's Date; moments are judged by the latter"
    ]
