"""Section strict: unknown keys are rejected, wherever they stand and whatever they hold."""

from dataclasses import replace

from generations_contract.api.target import Target
from generations_contract.probes.test_request import bases
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Script
from generations_contract.strategies import EXAMPLE_BASES, MUTATIONS, Mutation, encode

_UNKNOWN_KEYS = {each.id: each for each in MUTATIONS if each.clause.startswith("strict.")}
_ON_EVERY_MODEL = [
    each for name, each in _UNKNOWN_KEYS.items() if name.endswith(("unknown=null", "-first", "at-limit-all"))
]
_EXAMPLES = {base.modality: base for base in EXAMPLE_BASES}


@probe("strict.every-modality", depth="free", cases=_UNKNOWN_KEYS)
def test_an_unknown_key_is_refused(target: Target, mutation: Mutation) -> Script[None]:
    """Near misses, misplaced keys, keys beside every optional field: 400 `invalid_input`, image and video."""
    for base in bases(target):
        if mutation.applies_to(base):
            yield Create(mutation.body(base))


@probe("strict.every-modality", depth="free")
def test_an_unknown_key_is_refused_on_every_named_model(target: Target) -> Script[None]:
    """Whatever the profile names a model for: alone, first, and with every other field at its limit."""
    image, video = (_EXAMPLES[modality] for modality in ("image", "video"))
    for model in sorted(target.named - {target.models.image, target.models.video}):
        base = replace(video if target.modalities.get(model) == "video" else image, model=model)
        for mutation in _ON_EVERY_MODEL:
            # Whoever takes it shall say so, before its provider fails.
            valid = {"wait": 0, **mutation.prepare(base)}
            yield Create(encode(mutation.mutate(valid, base)))


@probe("strict.top-level", "strict.nested", depth="free", needs=("keys.other",))
def test_the_other_account_is_refused_as_well(target: Target) -> Script[None]:
    """Strictness is the same for every account."""
    for mutation in list(_UNKNOWN_KEYS.values())[::7]:
        for base in bases(target):
            if mutation.applies_to(base):
                yield Create(mutation.body(base), account="other")
