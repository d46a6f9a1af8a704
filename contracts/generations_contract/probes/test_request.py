"""Section request: what a strict gateway accepts, and what it refuses.

Layers (a) and (b) of the generated requests are the tables below, (c) draws at random. Whatever is refused
costs nothing and is always played; of what is accepted a paid target gets a few rows that combine a lot.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import N_MAX, PROMPT_LENGTH_MAX, WAIT_MAX_S
from generations_contract.probes.flows import NEVER_WAS, downloads
from generations_contract.scripts.examples import drawn
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Fetch, Script, once, until_terminal
from generations_contract.strategies import (
    BOUNDARIES,
    EXAMPLE_BASES,
    MUTATIONS,
    OPEN_QUESTIONS,
    PAIRWISE,
    Base,
    Mutation,
    Question,
    Row,
    documented_requests,
    encode,
    refused_requests,
    violations,
)
from generations_contract.strategies.base import EXAMPLE_REFERENCE

_VIOLATIONS = {each.id: each for each in MUTATIONS if each.clause.startswith("request.")}
_ROWS = {row.id: row for row in (*BOUNDARIES, *PAIRWISE)}
# The row that shows most: the highest end of every range at once.
_TELLING = ("everything-highest",)
# The longest prompt, and nothing else: `test_wait` plays it, where nothing else must be.
LONGEST_PROMPT = _ROWS[f"prompt={PROMPT_LENGTH_MAX}-right-to-left"]
# One question for each thing that the document leaves open.
_ASKED = {each.clause: each for each in reversed(OPEN_QUESTIONS)}
_EXAMPLES = {base.modality: base for base in EXAMPLE_BASES}


def traits_of(target: Target, model: str) -> frozenset[str]:
    """The lists of the profile's [traits] in which a model stands."""
    return frozenset(trait for trait, models in target.profile.traits if model in models)


def bases(target: Target) -> list[Base]:
    """What generated requests start from, for each modality that the target offers; prompts are fresh."""
    models = {"image": target.models.image, "video": target.models.video}
    return [
        replace(
            _EXAMPLES[modality],  # type: ignore[index]
            model=model,
            prompt=target.prompt(),
            reference_image=target.profile.inputs.reference_image,
            traits=traits_of(target, model),
        )
        for modality, model in models.items()
        if model
    ]


@probe(depth="free", cases=_VIOLATIONS)
def test_a_violation_is_refused(target: Target, mutation: Mutation) -> Script[None]:
    """Each named violation of one clause gets 400 `invalid_input`, on image and on video."""
    for base in bases(target):
        if mutation.applies_to(base):
            # Only the script knows that a well-formed model id is made up.
            intent = "unknown-model" if mutation.clause == "request.unknown-model" else ""
            yield Create(mutation.body(base), intent=intent)


@probe("request.prompt-length", "strict.top-level", "strict.nested", depth="free")
def test_a_violation_among_good_fields_is_refused(target: Target) -> Script[None]:
    """Beside images, a seed and `n`, and where nothing but the violation can be the reason of a refusal."""
    for model in filter(None, (target.models.image, target.models.video)):
        yield from _violations_among_good_fields(target, model)


def _violations_among_good_fields(target: Target, model: str) -> Script[None]:
    good = {"seed": 7, "images": [target.profile.inputs.reference_image or EXAMPLE_REFERENCE]}
    full = target.request(model, inputs=good, n=2, wait=1)
    given = full["input"]
    for body in (
        {**full, "colour": "red"},
        {**full, "input": {**given, "colour": "red"}},
        {**full, "input": {**given, "prompt": ""}},
        {**full, "input": {name: value for name, value in given.items() if name != "prompt"}},
        {**full, "input": {**given, "negative_prompt": 5}},
        {**full, "wait": WAIT_MAX_S + 1},
        {name: value for name, value in full.items() if name != "model"},
    ):
        yield Create(body)


@probe("request.blame", depth="free")
def test_a_refusal_blames_the_right_field(target: Target) -> Script[None]:
    """Where the error has `param`, it names the field that is wrong."""
    for base in bases(target):
        for mutation in MUTATIONS:
            if mutation.blamed and mutation.applies_to(base) and mutation.id in _VIOLATIONS:
                yield Create(mutation.body(base))
                break
    yield Create({**target.request(), "n": N_MAX + 1})
    yield Create({**target.request(), "wait": WAIT_MAX_S + 1})


@probe(depth="standard", cases={name: _ROWS[name] for name in _TELLING})
def test_telling_requests_are_accepted(target: Target, row: Row) -> Script[None]:
    """Every optional field at once, each at the end of its range, is accepted on image and on video.

    Then nothing excuses a refusal for another reason: what is refused must be refused as documented. What the POST
    itself tells of the end is read once more, and what it lists is as it was asked for.
    """
    for base in bases(target):
        if not row.applies_to(base):
            continue
        last = yield from until_terminal((yield Create(row.build(base))))
        if last.state is not None and last.generation_id:
            yield Fetch(last.generation_id, wait=0)
            yield from downloads(last)
            yield from _violations_among_good_fields(target, base.model)


@probe(depth="deep", cases=_ROWS)
def test_every_documented_request_is_accepted(target: Target, row: Row) -> Script[None]:
    """Each optional field alone, each end of its range, every pair of fields, every script of prompts."""
    for base in (*bases(target), *_further(target)):
        if row.applies_to(base):
            # As bytes: a number may be spelt as no Python value is written.
            yield from until_terminal((yield Create(encode(row.build(base)), paid=True)))


@probe("request.content-type", depth="free")
def test_content_types(target: Target) -> Script[None]:
    """The document is silent on other content types: recorded, with a body that no gateway accepts."""
    for content_type in (
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-8",
    ):
        yield Create(encode({**target.request(), "n": 0}), content_type=content_type)


@probe("request.content-type", depth="deep")
def test_content_types_of_a_good_body(target: Target) -> Script[None]:
    """What an acceptable JSON body under another content type does: recorded."""
    for content_type in (
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-8",
    ):
        yield Create(encode(target.request()), content_type=content_type, paid=True)


@probe("request.unknown-query", depth="deep")
def test_unknown_query_parameters(target: Target) -> Script[None]:
    """What an unknown query parameter on GET does: recorded."""
    created = yield Create(target.request(wait=0))
    if created.generation_id:
        yield Fetch(created.generation_id, query="colour=red")
        yield Fetch(created.generation_id, wait=0.2, query="wait_s=5&verbose")
    yield Fetch(NEVER_WAS, query="colour=red", intent="unknown-id")


@probe(depth="standard", cases={each.id: each for each in _ASKED.values()})
def test_an_open_question_of_each_kind(target: Target, question: Question) -> Script[None]:
    """One question for each matter that the document leaves open, on one model: recorded."""
    base = next((base for base in bases(target) if question.applies_to(base)), None)
    if base is not None:
        yield Create(question.body(base), paid=True)


@probe(depth="deep", cases={each.id: each for each in OPEN_QUESTIONS})
def test_open_questions(target: Target, question: Question) -> Script[None]:
    """What the document leaves open is asked, and recorded."""
    for base in bases(target):
        if question.applies_to(base):
            created = yield Create(question.body(base), paid=True)
            yield from until_terminal(created)


@pytest.mark.generations_contract("request.field-types", "strict.top-level", depth="free")
@drawn
@given(data=st.data())
def test_random_violations_are_refused(generations_campaign: Any, data: st.DataObject) -> None:
    """A random documented request with one to three random violations is refused."""
    base = data.draw(st.sampled_from(_drawn(generations_campaign.target)))
    generations_campaign.perform(once(Create(data.draw(refused_requests(base)).body)))


@pytest.mark.generations_contract("request.field-types", "strict.nested", depth="deep")
@drawn
@given(data=st.data())
def test_random_single_violations_are_refused(generations_campaign: Any, data: st.DataObject) -> None:
    """A random documented request that breaks one keyword of the schema, at one place, is refused."""
    base = data.draw(st.sampled_from(_drawn(generations_campaign.target)))
    generations_campaign.perform(once(Create(data.draw(violations(base)).body)))


@pytest.mark.generations_contract("request.documented-accepted", depth="deep")
@drawn
@given(data=st.data())
def test_random_documented_requests_are_accepted(generations_campaign: Any, data: st.DataObject) -> None:
    """Whatever the schema allows, and the document's examples support, is accepted."""
    base = data.draw(st.sampled_from(_drawn(generations_campaign.target)))
    generations_campaign.perform(_followed(data.draw(documented_requests(base))), "response.model-echo")


def _drawn(target: Target) -> list[Base]:
    """The bases with one and the same prompt: what is drawn from must not change between examples."""
    return [replace(base, prompt=_EXAMPLES["image"].prompt) for base in bases(target)]


def _followed(body: Mapping[str, Any]) -> Script[None]:
    yield from until_terminal((yield Create(body)))


def _further(target: Target) -> list[Base]:
    """A model of the embedded gateway that takes no size."""
    image = bases(target)[0]
    return (
        [replace(image, model="seedream-4", traits=traits_of(target, "seedream-4"))]
        if target.offers("reference.seedream-4")
        else []
    )
