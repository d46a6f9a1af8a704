"""Section strict: unknown keys are rejected, wherever they stand and whatever they hold."""

from generations_contract.api.target import Target
from generations_contract.probes.test_request import bases
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Script
from generations_contract.strategies import MUTATIONS, Mutation

_UNKNOWN_KEYS = {each.id: each for each in MUTATIONS if each.clause.startswith("strict.")}


@probe("strict.every-modality", depth="free", cases=_UNKNOWN_KEYS)
def test_an_unknown_key_is_refused(target: Target, mutation: Mutation) -> Script[None]:
    """Near misses, misplaced keys, keys beside every optional field: 400 `invalid_input`, image and video."""
    for base in bases(target):
        if mutation.applies_to(base):
            yield Create(mutation.body(base))


@probe("strict.top-level", "strict.nested", depth="free", needs=("keys.other",))
def test_the_other_account_is_refused_as_well(target: Target) -> Script[None]:
    """Strictness is the same for every account."""
    for mutation in list(_UNKNOWN_KEYS.values())[::7]:
        for base in bases(target):
            if mutation.applies_to(base):
                yield Create(mutation.body(base), account="other")
