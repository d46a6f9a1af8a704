"""What the tests of reports share: short runs against a faulty gateway, and answers written by an enemy."""

from collections.abc import Sequence
from typing import Any, Final

from generations_contract.api.target import Target
from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import Breach, Observation, Ruling
from generations_contract.judging.ledger import Ledger
from generations_contract.own_client import embedded
from generations_contract.recordings.codec import to_dict
from generations_contract.report import json as json_report
from generations_contract.run.campaign import Campaign
from generations_contract.scripts.script import Create, Fetch, Script, until_terminal
from generations_contract.wire.stage import RespxStage
from tests.support.exchanges import answered

FIVE_FAULTS: Final = (
    "strict-top-dropped",
    "lifecycle-pollers-disagree",
    "headers-terminal-no-store",
    "wait-get-ignored",
    "billing-by-the-read",
)
# Markup, a script, terminal escapes, a bidirectional override, forged lines of CI, tables and links.
HOSTILE: Final = (
    "</pre><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202egnp.exe\r\n::error::forged\n"
    "| a | b |`[x](javascript:alert(3))` @everyone ]]> {{ 7*7 }} {% raw %} \x00\ud800 %0A::warning::x"
)


def short_run(faults: Sequence[str] = ()) -> tuple[Ledger, list[dict[str, Any]]]:
    """The ledger and the recorded exchanges of a short script in virtual time, with these faults."""
    stage = RespxStage(embedded.target(), embedded.gateway(embedded.faults(faults)))
    campaign = Campaign(stage)
    performance = campaign.perform(_script(embedded.target()), "test_desk::script", "desk")
    stage.close()
    return campaign.ledger, [to_dict(each) for each in performance.exchanges]


def content_of(ledger: Ledger, outcome: str = "broken", note: str | None = None) -> dict[str, Any]:
    """The document that all reports are made of."""
    return json_report.document(
        ledger, target="https://gateway.test", stage="respx", outcome=outcome, note=note
    )


def hostile_run() -> tuple[Ledger, list[dict[str, Any]]]:
    """A ledger in which everything that a gateway or a profile can write is hostile."""
    ledger = Ledger({"errors.no-leak": HOSTILE})
    exchange = hostile_exchange()
    for clause_id in ("response.schema", "errors.no-leak"):
        finding = Breach(f"expected {HOSTILE}", f"actual {HOSTILE}", (exchange,))
        ledger.enter([Ruling(CLAUSES[clause_id], exchange, (finding,))], f"probe {HOSTILE}")
    seen = Observation(HOSTILE, HOSTILE)
    ledger.enter([Ruling(CLAUSES["errors.other-paths"], exchange, (seen,))], "probe")
    ledger.excuse(["auth.missing-key"], HOSTILE)
    ledger.verdicts["wait.wakes"].notes.append(HOSTILE)
    return ledger, [to_dict(exchange)]


def hostile_exchange() -> Exchange:
    """An exchange in which body, headers and address are hostile."""
    text = HOSTILE.encode("utf-8", "surrogatepass")
    return answered(
        text,
        sent=text,
        kind="create",
        path="/v1/generations?x=<script>alert(4)</script>",
        headers={HOSTILE: HOSTILE},
    )


def _script(target: Target) -> Script[None]:
    created: Exchange = yield Create({**target.request(wait=0), "negative_promt": "typo"})
    created = yield Create(target.request(wait=0))
    last = yield from until_terminal(created, wait=1)
    for _ in range(3):
        last = yield Fetch(str(last.generation_id), wait=5)
    yield Create(target.request(wait=61))
    yield Fetch("gen_never_was", intent="unknown-id")
