"""Long runs in little room: what is remembered has a bound, and forgetting changes no verdict of what is fresh."""

from generations_contract.judging.judge import Judge
from generations_contract.judging.ledger import Ledger
from generations_contract.wire.redaction import Vault
from tests.bench_memory import MEMORY_S, virtual
from tests.support.exchanges import answered, resource

CLIENTS, MINUTES = 40, 12.0


def test_an_hour_takes_no_more_room_than_minutes() -> None:
    """Forty clients, twelve virtual minutes: what the judge keeps in mind stops growing, nothing is broken."""
    lines: list[str] = []
    book = virtual(CLIENTS, MINUTES, lines.append)
    in_mind = [int(line.split()[6]) for line in lines]
    assert book.ledger.exchanges > 1000
    assert book.ledger.failing == []
    assert max(in_mind[-4:]) < 1.3 * max(in_mind[4:-4])


def test_judge_forgets_what_has_been_quiet_for_long() -> None:
    """A generation read again and again is remembered, one that nobody asks for is not."""
    judge = Judge(memory_s=MEMORY_S)
    judge.judge(answered(resource(), at=(0.0, 1.0), path="/v1/generations/quiet"))
    for turn in range(30):
        moment = turn * MEMORY_S / 5
        judge.judge(answered(resource(), at=(moment, moment + 1), path="/v1/generations/busy"))
    kept = {exchange.generation_id for history in judge._history.values() for exchange in history}
    assert kept == {"busy"}


def test_judge_forgets_nothing_unless_told_to() -> None:
    """Hours later a generation is still what it was."""
    judge = Judge()
    judge.judge(answered(resource("completed"), at=(0.0, 1.0)))
    rulings = judge.judge(answered(resource("running"), at=(1e6, 1e6 + 1))).rulings
    assert "lifecycle.forward-only" in {ruling.clause.id for ruling in rulings if ruling.breaches}


def test_signatures_of_old_urls_are_let_go() -> None:
    """A vault that sees a new signature with every poll keeps the newest and reveals them."""
    vault = Vault({}, {})
    shown = [vault.conceal_text(f"https://cdn.test/a.png?sig={number:032x}") for number in range(30_000)]
    assert vault.reveal(shown[-1]).endswith(f"{29_999:032x}")
    assert vault.reveal(shown[0]) == shown[0]


def test_ledger_of_many_generations_keeps_counting() -> None:
    """Bills of very old generations are closed; the totals are not."""
    ledger = Ledger()
    for number in range(25_000):
        body = resource("completed", f"gen_{number}", usage={"cost_usd": 0.5})
        ledger.account(answered(body, kind="create", path="/v1/generations"), "bench")
    assert ledger.generations["bench"] == 25_000
    assert ledger.cost_usd["bench"] == 12_500
    assert len(ledger._bills) <= 20_000
