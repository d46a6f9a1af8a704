"""How a row of the hostile table is played: a real server, a real stage, the real judge, and small bounds.

No row stands here. The verdict of a row is one line: how each request ended, and which clauses are broken.
"""

import re
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from generations_contract.api.target import Target
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.ledger import Ledger
from generations_contract.run.campaign import Campaign
from generations_contract.run.performance import Performance
from generations_contract.scripts.script import Fetch, Script, once
from generations_contract.wire.bounds import Bounds
from generations_contract.wire.stage import HttpStage
from tests.hostile.wire import Manner, Server, serving

KEY = "zt_hostile_q7M2XvT9kRLw4BsH"
SLACK_S = 0.3
# The suite's own bounds, only sooner: "no answer" is half a second here instead of fifteen.
BOUNDS = Bounds((), grace_s=0.5, connect_s=0.5, download_s=0.8, media_bytes=8 * 1024 * 1024)
# What a row may take in all, on a machine that is busy with others.
ROW_S = 6.0

ScriptFor = Callable[[Server], Script[object]]
PROFILE = """
[target]
base_url = "{url}"
{more}
[models]
image = "flux-1.1-pro"
[limits]
wait_slack_s = {slack_s}
"""


def fetching(*waits: float | None) -> ScriptFor:
    """Fetch one generation, once with each wait."""

    def script(_: Server) -> Script[object]:
        for wait in waits:
            yield Fetch("gen_1", wait=wait)
        return None

    return script


@dataclass(frozen=True)
class Row:
    """What a server does, and the verdict that is right.

    `script`: what the client does; `url`: where it believes the gateway is; `tls`: the certificate that the server shows;
    `more`: lines of the profile's `[target]`; `check`: what else must be true of the server afterwards;
    `notes`: what some failure's detail must say.
    """

    name: str
    manner: Manner
    verdict: str
    script: ScriptFor = field(default_factory=lambda: lambda _: once(Fetch("gen_1")))
    url: Callable[[str], str] = lambda url: url
    tls: str = ""
    more: str = ""
    notes: str = ""
    check: Callable[[Server], object] = lambda _: True


@dataclass
class Played:
    """What came of a row."""

    verdict: str
    seconds: float
    performance: Performance[object]
    checked: bool
    ledger: Ledger

    @property
    def details(self) -> str:
        """What the failures said, and the breaches."""
        failures = [each.failure.detail for each in self.performance.exchanges if each.failure]
        return " | ".join([*failures, *(breach.actual for _, breach in self.performance.breaches)])


def played(row: Row) -> Played:
    """Play a row."""
    with serving(row.manner, row.tls) as server:
        profile = PROFILE.format(url=row.url(server.url), more=row.more, slack_s=SLACK_S)
        stage = HttpStage(Target.parse(profile, {"GATEWAY_API_KEY": KEY}), bounds=BOUNDS)
        began = time.monotonic()
        campaign = Campaign(stage)
        performance = campaign.perform(row.script(server), row.name, "hostile")
        seconds = time.monotonic() - began
        stage.close()
        checked = bool(row.check(server))
    return Played(verdict_of(performance), seconds, performance, checked, campaign.ledger)


def verdict_of(performance: Performance[object]) -> str:
    """One line: "200, timeout; broken wait.get-default"."""
    ends = ", ".join(_end(each) for each in performance.exchanges) or "nothing sent"
    broken = sorted({ruling.clause.id for ruling, _ in performance.breaches})
    judged = f"broken {' '.join(broken)}" if broken else "nothing broken"
    error = f"; error {performance.error!r}" if performance.error else ""
    return f"{ends}; {judged}{error}"


def _end(exchange: Exchange) -> str:
    return exchange.failure.kind if exchange.failure else str(exchange.status)


def peak_mb() -> int:
    """The most memory that this process has held; `ru_maxrss` would count its parent's at the start as well."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text("ascii"))[1]) // 1024  # type: ignore[index]
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
