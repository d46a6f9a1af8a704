"""Runs of one target, one after the other, on a gateway in virtual time whose clock is stepped in between."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generations_contract.api.target import Target
from generations_contract.clauses import CLAUSES
from generations_contract.gateway import Fault
from generations_contract.gateway.call import Call
from generations_contract.judging.judge import Judge
from generations_contract.judging.ledger import Ledger
from generations_contract.money import Budget
from generations_contract.own_client import embedded
from generations_contract.run.campaign import Campaign
from generations_contract.run.recollection import Recollection
from generations_contract.scripts.script import Fetch, Script, create_and_follow, once
from tests.run.live_helpers import SeeminglyReal

HOUR_S = 3600.0
LATER_S = 1800.0  # what is asked for after this is asked for by a later run


def tamper(hook: str, change: Callable[[Call, Any], Any], since_s: float = LATER_S) -> Fault:
    """A gateway that keeps to the contract for so long (half an hour), and then does this."""

    def later(call: Call, value: Any) -> Any:
        old = call.operation != "create" and call.now > since_s
        return change(call, value) if old else value

    return Fault("later", "Later it is otherwise.", frozenset({"x.y"}), {hook: (later,)})


def changed(**members: Any) -> Fault:
    """A gateway whose resources have these members later."""
    return tamper("resource", lambda _, body: {**body, **members})


def changed_url(old: str, new: str) -> Fault:
    """A gateway whose URLs read otherwise later."""
    return tamper("resource", lambda _, body: json.loads(json.dumps(body).replace(old, new)))


def every_end(target: Target) -> Script[None]:
    """Generations that complete, with several assets too, fail in each way, and are cancelled."""
    models, prompts = target.models, target.profile.prompts
    ending = (models.image, models.video, models.slow, models.failing, models.timing_out, "cancelling-model")
    for model in ending:
        yield from create_and_follow(target.request(model, wait=0))
    yield from create_and_follow(target.request(wait=0, n=4))
    yield from create_and_follow(target.request(wait=0, prompt=prompts.rejected))


class Runs:
    """Runs of one target, one after the other, on a gateway whose clock is stepped in between."""

    def __init__(self, directory: Path, *tampers: Fault) -> None:
        self.path = directory / "memory.json"
        self.stage = SeeminglyReal(embedded.target(), embedded.gateway(tampers))

    def first(self, script: Callable[[Target], Script[Any]] | None = None) -> Ledger:
        """A run that makes an image and a video, follows them to their end and remembers them."""

        def two(target: Target) -> Script[None]:
            for model in (target.models.image, target.models.video):
                yield from create_and_follow(target.request(model, wait=0))

        return self.run(lambda campaign: campaign.perform((script or two)(campaign.target), "first", "wait"))

    def later(self, seconds: float, target: Target | None = None) -> Ledger:
        """A run so many seconds later that asks one thing of its own, and then looks back."""
        self.stage.jump(self.stage.now() + seconds)
        return self.run(
            lambda campaign: campaign.perform(once(Fetch("gen_never", intent="unknown-id")), "later", "wait"),
            target,
        )

    def run(self, play: Callable[[Campaign], Any], target: Target | None = None) -> Ledger:
        """A run that plays this, with all that a run does about its memory; nothing is to be said of the file."""
        memory = Recollection(self.path, target or self.stage.client.target, live=True)
        campaign = Campaign(
            memory.noted(self.stage), judge=Judge(CLAUSES.values()), ledger=Ledger(), budget=Budget()
        )
        play(campaign)
        memory.look_back(campaign)
        memory.keep()
        memory.compare(campaign.ledger)
        assert memory.told == []
        return campaign.ledger


def broken(ledger: Ledger) -> set[str]:
    """Ids of the clauses that a run found broken."""
    return {verdict.clause.id for verdict in ledger.failing}


def notes(ledger: Ledger) -> str:
    """All notes of a run."""
    return "\n".join(note for verdict in ledger.verdicts.values() for note in verdict.notes)
