"""The generations that a run has made: who made them, and whether those that should complete do.

"Of the sound creations on a model at least one completes" is a sentence about a whole run, so no clause that looks at
one exchange can say it. What is kept here is bounded; nothing is sent, and nothing is judged but that.
"""

from typing import Final, NamedTuple

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import COMPLETED
from generations_contract.clauses.facts.causes import cause, sound
from generations_contract.clauses.facts.history import SOUND_ACCOUNTS, outcome, provider_problem
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.ledger import Ledger, Promise

COMPLETES: Final = "lifecycle.completes"
# Of more generations than this the oldest are forgotten.
_MOST: Final = 5_000


class Made(NamedTuple):
    """A generation: its id, whose it is, and the model of a sound creation that nothing keeps from completing."""

    id: str
    account: str
    sound_model: str | None


class Generations:
    """What is known of the generations of a run; not thread-safe."""

    def __init__(self, target: Target, ledger: Ledger) -> None:
        self._target, self._ledger = target, ledger
        self._made: dict[str, Made] = {}
        # Only of these does the profile say that they do what they are asked.
        models, traits = target.models, target.profile.traits
        named = {models.image, models.video, models.slow, models.long}
        self._working = named.union(*(listed for _, listed in traits)) - {None}

    @property
    def made(self) -> list[Made]:
        """Every generation that was made, the oldest first."""
        return list(self._made.values())

    @property
    def never_completed(self) -> list[str]:
        """Models on which sound creations ended, and none completed."""
        missed = {each["subject"] for each in self._ledger.misses if each["clause"] == COMPLETES}
        return sorted(model for model in missed if (COMPLETES, model) not in self._ledger.met)

    def see(self, exchange: Exchange, probe: str) -> None:
        """Take an exchange in: a creation, or an end."""
        if exchange.kind == "create":
            model = self._sound_model(exchange)
            if exchange.generation_id is not None:
                self._keep(Made(exchange.generation_id, exchange.account, model))
        else:
            known = self._made.get(exchange.generation_id or "")
            model = known.sound_model if known is not None and known.account == exchange.account else None
        if model is None:
            return
        if exchange.state == COMPLETED:
            self._ledger.meet(COMPLETES, model)
        elif exchange.terminal or provider_problem(exchange):
            expected = f"at least one of the sound creations on {model} completes"
            self._ledger.miss(
                Promise(COMPLETES, expected, f"none did; one: {outcome(exchange)}", model), exchange, probe
            )

    def _sound_model(self, created: Exchange) -> str | None:
        fit = sound(created) and created.account in SOUND_ACCOUNTS and cause(created) is None
        return created.model if fit and created.model in self._working else None

    def _keep(self, made: Made) -> None:
        self._made.setdefault(made.id, made)
        if len(self._made) > _MOST:
            del self._made[next(iter(self._made))]
