"""Hours later: what an earlier run has made is asked for again, and held against what it was."""

from dataclasses import replace
from pathlib import Path

import pytest

from generations_contract.api.target import Target
from generations_contract.clauses import CLAUSES
from generations_contract.gateway.tampers import VARIANTS
from generations_contract.judging.clause import Observation
from generations_contract.judging.ledger import Ledger
from generations_contract.memory.file import MemoryFile
from generations_contract.money import Budget
from generations_contract.own_client import embedded
from generations_contract.run.campaign import Campaign
from generations_contract.run.recollection import COMPARING, RESUMABLE, Recollection
from generations_contract.scripts.script import Create, Fetch, Pause, Script, create_and_follow, once
from tests.run.live_helpers import SeeminglyReal
from tests.run.recollection_helpers import (
    HOUR_S,
    Runs,
    broken,
    changed,
    changed_url,
    every_end,
    notes,
    tamper,
)
from tests.support.exchanges import answered, ruling

FINAL = "lifecycle.terminal-final"


@pytest.mark.parametrize("hours", [0.6, 5.0, 23.9, 100.0])
def test_honest_gateway_is_as_it_was(tmp_path: Path, hours: float) -> None:
    """Minutes, hours and days later: nothing is broken, and the run says what it looked at."""
    runs = Runs(tmp_path)
    runs.first()
    ledger = runs.later(hours * HOUR_S)
    assert broken(ledger) == set()
    if hours < 24:
        assert "lifecycle.resumable: 2 generations of earlier runs fetched again, the oldest after" in notes(
            ledger
        )
        exercised = {
            "lifecycle.resumable",
            "lifecycle.terminal-final",
            "lifecycle.identity",
            "billing.stable",
        }
        assert all(ledger.verdicts[each].exercised == 2 for each in exercised)
        assert ledger.verdicts["media.direct-url"].exercised >= 2
    else:
        assert not ledger.verdicts[RESUMABLE].exercised
    assert "recorded" not in notes(ledger)


@pytest.mark.parametrize("name", VARIANTS)
def test_liberties_are_no_breach_hours_later(tmp_path: Path, name: str) -> None:
    """Whatever the contract allows within a run, it allows from one run to the next."""
    runs = Runs(tmp_path, *embedded.faults([name]))
    runs.first(every_end)
    ledger = runs.later(5 * HOUR_S)
    assert {verdict.clause.id: verdict.breaches[0]["actual"] for verdict in ledger.failing} == {}


FORGETS = tamper("lookup", lambda *_: None)
CASES = {
    "forgotten": (FORGETS, {RESUMABLE}),
    "running again": (tamper("moment", lambda call, _: call.job.starts_at), {"lifecycle.forward-only", FINAL}),
    "another price": (changed(usage={"cost_usd": 9.0}), {"billing.stable", FINAL}),
    "another moment": (changed(created_at="2020-01-01T00:00:00Z"), {"lifecycle.identity"}),
    "another model": (changed(model="flux-2"), {"lifecycle.identity"}),
    "another asset": (changed_url("/media/", "/media/x"), {FINAL, "media.direct-url"}),
    "an expired URL": (changed_url("Expires=1", "Expires=0"), {"media.lifetime"}),
    "no asset any more": (tamper("asset", lambda _, reply: replace(reply, status=404, body=b"")), {"media.direct-url"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_changed_hours_later_is_a_breach(tmp_path: Path, name: str) -> None:
    """Up to a day the same clauses compare as within a run, and a note says which generation it was."""
    fault, expected = CASES[name]
    runs = Runs(tmp_path, fault)
    runs.first()
    ledger = runs.later(3 * HOUR_S)
    assert broken(ledger) == expected
    assert "of an earlier run: " in notes(ledger)


def test_forgotten_generations_are_told_with_what_to_do(tmp_path: Path) -> None:
    """Nothing of what was made is known: a breach, and a word on what else it may be."""
    runs = Runs(tmp_path, FORGETS)
    runs.first()
    told = notes(runs.later(3 * HOUR_S))
    assert f"if the target was reset, remove {runs.path}" in told


def test_after_a_day_it_is_recorded_and_not_judged(tmp_path: Path) -> None:
    """Nobody promises days: the run says what changed, fails nothing, and asks no more for what is gone."""
    runs = Runs(tmp_path, FORGETS)
    runs.first()
    ledger = runs.later(30 * HOUR_S)
    assert broken(ledger) == set()
    assert "lifecycle.resumable: recorded, not judged" in notes(ledger)
    assert MemoryFile(runs.path, embedded.ORIGIN).read().generations == []


def test_generation_of_another_key_is_recorded_and_not_judged(tmp_path: Path) -> None:
    """The key was replaced: it may be another account's now, of which nobody knows the generation."""
    runs = Runs(tmp_path)
    runs.first()
    target = embedded.target()
    swapped = replace(
        target, keys={**target.keys, "main": target.keys["other"], "other": target.keys["main"]}
    )
    runs.stage = SeeminglyReal(swapped, runs.stage.gateway)
    ledger = runs.later(3 * HOUR_S, swapped)
    assert broken(ledger) == set()
    assert "lifecycle.resumable: recorded, not judged" in notes(ledger)


def test_account_that_is_gone_is_left_alone(tmp_path: Path) -> None:
    """The profile names no other account any more: its generations are not asked for."""
    runs = Runs(tmp_path)
    runs.first(lambda target: create_and_follow(target.request(wait=0), account="other"))
    target = embedded.target()
    alone = replace(target, keys={"main": target.keys["main"]})
    assert "fetched again" not in notes(runs.later(3 * HOUR_S, alone))


def test_unfinished_generation_must_have_ended_hours_later(tmp_path: Path) -> None:
    """It ran when the run that made it was stopped: a gateway that never ends it is seen by the next run."""
    never = tamper("moment", lambda call, _: call.job.created_at)
    for tampers, expected in (((), set()), ((never,), {"lifecycle.terminates"})):
        directory = tmp_path / str(len(tampers))
        runs = Runs(directory, *tampers)
        runs.first(lambda target: once(Create(target.request(target.models.slow, wait=0))))
        assert broken(runs.later(3 * HOUR_S)) == expected


def test_only_the_newest_are_asked_for(tmp_path: Path) -> None:
    """Twenty at the most, however many are remembered."""
    runs = Runs(tmp_path)

    def many(target: Target) -> Script[None]:
        for _ in range(25):
            yield Create(target.request(wait=0))
        yield Pause(60)

    runs.first(many)
    assert "20 generations of earlier runs fetched again" in notes(runs.later(HOUR_S))


def test_old_ids_given_to_new_generations_are_told(tmp_path: Path) -> None:
    """A target that begins to count anew: told, not judged, and from now on the id is the new generation's."""
    runs = Runs(tmp_path)
    runs.first()
    runs.stage = SeeminglyReal(embedded.target(), embedded.gateway())
    ledger = runs.first(lambda target: create_and_follow(target.request(target.models.video, wait=0)))
    assert "is the id of a generation of an earlier run, too" in notes(ledger)
    assert broken(ledger) == {RESUMABLE}, "the video of the first run is lost with that gateway"
    assert {each.model for each in MemoryFile(runs.path, embedded.ORIGIN).read().generations} == {"veo-3"}


def test_end_that_a_later_run_sees_is_remembered(tmp_path: Path) -> None:
    """Unfinished in the first run, finished in the second, dearer in the third: a breach."""
    dearer = tamper("resource", lambda _, body: {**body, "usage": {"cost_usd": 9.0}}, since_s=4 * HOUR_S)
    runs = Runs(tmp_path, dearer)
    runs.first(lambda target: once(Create(target.request(target.models.slow, wait=0))))
    assert broken(runs.later(3 * HOUR_S)) == set()
    assert broken(runs.later(2 * HOUR_S)) == {"billing.stable", FINAL}


def test_what_is_done_otherwise_where_the_document_is_silent_is_told(tmp_path: Path) -> None:
    """New behaviour, prices included, is told once; less variety than before is none."""
    runs = Runs(tmp_path)

    def observing(*behaviours: str) -> str:
        def play(campaign: Campaign) -> None:
            found = [Observation("a failed generation", each) for each in behaviours]
            campaign.ledger.enter([ruling(CLAUSES["billing.failed"], answered(), *found)], "probe")

        return notes(runs.run(play))

    assert observing("costs nothing", "no cost") == ""
    assert observing("no cost") == ""
    assert observing("is billed") == (
        "billing.failed: a failed generation: costs nothing / no cost in an earlier run, is billed now"
    )
    assert observing("is billed") == ""
    assert "is billed in an earlier run, no cost now" in observing("no cost")


def test_parallel_workers_look_back_once(tmp_path: Path) -> None:
    """Whoever comes first asks; the budget that they share says who that is."""
    runs = Runs(tmp_path)
    runs.first()
    runs.stage.jump(3 * HOUR_S)
    budget, told = Budget(shared=tmp_path / "budget.json"), []
    for _ in range(2):
        memory = Recollection(runs.path, runs.stage.client.target, live=True)
        campaign = Campaign(memory.noted(runs.stage), ledger=Ledger(), budget=budget)
        campaign.perform(once(Fetch("gen_never", intent="unknown-id")), "later", "wait")
        memory.look_back(campaign)
        told.append("fetched again" in notes(campaign.ledger))
    assert told == [True, False]


@pytest.mark.parametrize(("wanted", "looks"), [((), True), (("wait.wakes",), False), ((RESUMABLE,), True)])
def test_run_of_one_clause_looks_back_only_for_it(
    tmp_path: Path, wanted: tuple[str, ...], looks: bool
) -> None:
    """`--clause wait.wakes` asks for nothing else."""
    runs = Runs(tmp_path)
    runs.first()
    runs.stage.jump(3 * HOUR_S)
    memory = Recollection(runs.path, runs.stage.client.target, live=True)
    campaign = Campaign(memory.noted(runs.stage), ledger=Ledger(), budget=Budget())
    campaign.perform(once(Fetch("gen_never", intent="unknown-id")), "later", "wait")
    memory.look_back(campaign, wanted)
    assert ("fetched again" in notes(campaign.ledger)) == looks


def test_embedded_gateway_has_no_past(tmp_path: Path) -> None:
    """One line, and no file."""
    memory = Recollection(tmp_path / "memory.json", embedded.target(), live=False)
    assert memory.told == ["--memory is for live targets: the embedded gateway begins anew with each run"]
    memory.keep()
    memory.compare(Ledger())
    assert list(tmp_path.iterdir()) == []


def test_clauses_that_compare_exist() -> None:
    """The table of clauses that are asked about the past names clauses."""
    assert CLAUSES.keys() >= COMPARING
