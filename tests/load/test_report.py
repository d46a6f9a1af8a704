"""`generations_load.report.report`, `page`, `plots`, `command`, `deploy`: what a run leaves behind, how it is asked for."""

import argparse
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from generations_load import command
from generations_load.measure.metrics import Recorder
from generations_load.measure.totals import FINISHED, STARTED, UNFINISHED, Totals
from generations_load.report import page, report
from generations_load.verdict.fitness import Means, judge
from generations_load.verdict.slo import ExitCode, Gate

HOSTILE = '<script>alert("x")</script>\x1b[31m\u202e&'
DEPLOY = Path("loadtests/deploy")


def result(*, hostile: str = "late by 2 s") -> dict[str, Any]:
    """A small run with one breach, over three seconds."""
    totals, recorder = Totals(), Recorder()
    for second in range(3):
        recorder.count(STARTED, 40)
        recorder.count(FINISHED, 38 if second == 2 else 40)
        recorder.count("outcome.full", 30)
        recorder.count("contract.judged", 40)
        recorder.gauge("poll.held", 20 + second)
        for index in range(40):
            recorder.sample("poll.overshoot_s", index / 10_000)
            recorder.sample("generation.time_to_terminal_s[veo-3]", index / 10)
        if second == 2:
            recorder.count(UNFINISHED, 2)
            recorder.count("contract.breaches")
            recorder.count("breach.wait.never-late")
            recorder.stories.append(
                {"clause": "wait.never-late", "level": "MUST", "says": hostile, "generation": f"gen_1{hostile}",
                 "expected": "4 s", "actual": hostile, "curl": f"curl 'http://t/{hostile}'"}
            )  # fmt: skip
        totals.add("local", recorder.cut(second, final=second == 2))
    totals.close()
    judged = Gate.of({"objectives": ["poll.overshoot_s.p99 < 0.25", "poll.wake_delay_s.p99 < 1"]}).judge(
        totals
    )
    fitness = judge(totals, Means(users=20))
    run = {"target": "http://t", "started": "now", "mix": {"full-window": 1}}
    return report.document(run, totals, fitness, judged, [], ExitCode.BREACH)


class Strict(HTMLParser):
    """Collects the tags of a page, and fails on what does not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.tags.append(tag)
        if tag in ("svg", "figure", "table", "div", "body", "html", "script"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It must be the innermost open one."""
        if tag in ("svg", "figure", "table", "div", "body", "html", "script"):
            assert self.open.pop() == tag


def test_page_is_whole_and_self_contained() -> None:
    """Every element closes; five plots; no script and nothing from outside."""
    text, parser = page.render(result()), Strict()
    parser.feed(text)
    assert parser.open == []
    assert parser.tags.count("svg") == 5
    assert "script" not in parser.tags
    assert not re.search(r'(?:src|href)="(?!data:)', text)


def test_page_of_an_empty_run_can_be_shown() -> None:
    """Nothing was measured: the page says so in place of its plots."""
    totals = Totals()
    judged = Gate.of({"objectives": ["errors.ratio < 1"]}).judge(totals)
    empty = report.document({}, totals, judge(totals, Means(1)), judged, [], ExitCode.NO_DATA)
    assert "no data" in page.render(empty)
    assert "NO DATA" in report.text(empty)


def test_what_a_gateway_said_cannot_act_in_a_report() -> None:
    """Markup, escapes and control characters of an answer are text in the page and in JUnit."""
    hostile = result(hostile=HOSTILE)
    assert "<script" not in page.render(hostile)
    assert not set(page.render(hostile)) & set("\x1b\u202e")
    assert "default-src 'none'" in page.render(hostile)
    suite = ElementTree.fromstring(report.junit(hostile))  # noqa: S314 - our own
    failure = suite.find(".//testcase[@name='wait.never-late']/failure")
    assert failure is not None
    assert "\x1b" not in str(failure.text)


def test_forms_tell_the_same() -> None:
    """load.json, the text and JUnit agree on the verdict, the books and the breach."""
    document = json.loads(json.dumps(result()))
    assert document["verdict"] == "CONTRACT BROKEN"
    assert document["polls"]["started"] == 120 == document["polls"]["finished"] + 2
    text = report.text(document)
    for part in ("started 120 = finished 118 + unfinished 2", "BROKEN wait.never-late x1", "exit code 1"):
        assert part in text
    suite = ElementTree.fromstring(report.junit(document))  # noqa: S314 - our own
    failed = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
    assert failed == ["poll.wake_delay_s.p99 < 1", "wait.never-late"]


def options(*line: str) -> argparse.Namespace:
    """The parsed options of `generations-contract load`."""
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    return parser.parse_args(["load", *line])


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (("--users", "200", "--time", "30s"), ["-u 200 -r 50 -t 30s"]),
        (("--users", "8000"), ["-u 8000 -r 100 -t 60s"]),
        (("--load-plan", "p.toml"), ["--load-plan p.toml"]),
        (("--target", "x.toml", "--load-report", "d"), ["--target x.toml", "--load-report d"]),
        (("--scenario", "fan-out", "--processes", "2"), ["--processes 2", "--scenario fan-out"]),
    ],
)
def test_short_form_stands_for_a_locust_command(line: tuple[str, ...], parts: list[str]) -> None:
    """Users, time and all options reach locust; a plan takes the place of users and time."""
    found = " ".join(command.command(options(*line)))
    assert all(part in found for part in parts)
    assert ("-u " in found) is ("--load-plan" not in line)


@pytest.mark.parametrize(
    ("line", "complaint"), [(("--users", "0"), "at least 1"), (("--time", "soon"), "30s")]
)
def test_short_form_refuses_what_cannot_be(
    line: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line and exit code 4."""
    assert command.run(options(*line)) == ExitCode.USAGE
    assert complaint in capsys.readouterr().err


def check(*line: str) -> str:
    """What a validator says; it must be content."""
    done = subprocess.run([sys.executable, "-m", *line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_compose_file_fits_its_specification() -> None:
    """By the schema of the compose specification that the validator carries."""
    check("check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml"))


@pytest.mark.parametrize("path", sorted((DEPLOY / "kubernetes").glob("*.yaml")), ids=lambda path: path.stem)
def test_kubernetes_manifest_fits_its_schema(path: Path) -> None:
    """By the schemas of the Kubernetes release that the validator carries, strictly."""
    check("kubernetes_validate", "--strict", str(path))


def test_deployments_agree_on_workers_and_names() -> None:
    """The master expects as many workers as the deployment starts, and they find it by its service's name."""
    master, workers = ((DEPLOY / "kubernetes" / f"{name}.yaml").read_text() for name in ("master", "workers"))
    expected = re.search(r"--expect-workers=(\d+)", master)
    replicas = re.search(r"replicas: (\d+)", workers)
    host = re.search(r"--master-host=([\w-]+)", workers)
    assert expected
    assert replicas
    assert host
    assert expected.group(1) == replicas.group(1)
    assert f"kind: Service\nmetadata:\n  name: {host.group(1)}" in master
