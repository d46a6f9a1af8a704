"""Section `strict`: unknown keys are rejected, so that typos surface immediately.

No other rule about a body lives here. A key is documented only in its place
and to the letter, so "Seed", "seed " and a top-level "prompt" are unknown keys like any other.
"""

from generations_contract.clauses.facts.groups import creator
from generations_contract.clauses.facts.history import shown
from generations_contract.clauses.facts.request import reading
from generations_contract.clauses.facts.validity import answered_caller, breaking, rejected
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import Earlier, Findings, clause

TOP_LEVEL, NESTED = "strict.top-level", "strict.nested"


def _named(exchange: Exchange, *clause_ids: str) -> str:
    violations = reading(exchange).violations
    keys = [key for clause_id in clause_ids for key in violations.get(clause_id, ())]
    return f"unknown key {', '.join(map(shown, keys[:4]))}"


@clause(
    TOP_LEVEL,
    "MUST",
    says="unknown top-level keys are rejected with invalid_input",
    on=("create",),
    by=creator,
    when=breaking(TOP_LEVEL),
)
def top_level(exchange: Exchange, earlier: Earlier) -> Findings:
    """Whatever the key's value and place, alone or with others."""
    return rejected(exchange, earlier, TOP_LEVEL, _named(exchange, TOP_LEVEL))


@clause(
    NESTED,
    "MUST",
    says="unknown nested keys are rejected with invalid_input",
    on=("create",),
    by=creator,
    when=breaking(NESTED),
)
def nested(exchange: Exchange, earlier: Earlier) -> Findings:
    """The same under `input`."""
    return rejected(exchange, earlier, NESTED, _named(exchange, NESTED))


def _unknown_key_on_known_model(exchange: Exchange) -> bool:
    if not answered_caller(exchange) or not exchange.terms.lists(exchange.model):
        return False
    violations = reading(exchange).violations
    return TOP_LEVEL in violations or NESTED in violations


@clause(
    "strict.every-modality",
    "MUST",
    says="strict input holds for image and for video models alike, whatever else the request has",
    on=("create",),
    by=creator,
    when=_unknown_key_on_known_model,
)
def every_modality(exchange: Exchange, earlier: Earlier) -> Findings:
    """Judged on every model that is named: a breach of either clause on any of them is one here."""
    model = f"a model for {exchange.modality}s" if exchange.modality else "a model that the profile names"
    why = f"{_named(exchange, TOP_LEVEL, NESTED)} on {model}"
    return rejected(exchange, earlier, "strict.every-modality", why)
