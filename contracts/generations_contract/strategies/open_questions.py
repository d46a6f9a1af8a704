"""Requests about which the document says nothing sure: sent to record what a target does, never to judge it.

Here: the OPEN clauses of `request.*` that a POST body can ask. What is accepted creates a generation and may
cost money, so every row is one question, asked once.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from generations_contract.api.vocabulary import Modality
from generations_contract.oracle.annotations import UNCLEAR
from generations_contract.oracle.fields import FIELDS, OPTIONAL, Field
from generations_contract.oracle.reading import CHARACTERS, INTEGRAL_FLOAT, NULL, read_field
from generations_contract.strategies.base import Base, Request, encode, filled, literal, with_members
from generations_contract.strategies.texts import ASTRAL, SAMPLES, tiled
from generations_contract.strategies.values import read, wrong

# One matter is asked about so often at most.
MOST_IGNORED: Final = 8
DUPLICATES: Final = "request.duplicate-keys"


@dataclass(frozen=True)
class Question:
    """A request whose acceptance is open; `clause` is the OPEN clause that records the answer.

    `field`: only for models that have a use for it, or, where `ignored`, for those that have none.
    """

    id: str
    clause: str
    ask: Callable[[Base], Request | bytes]
    field: Field | None = None
    ignored: bool = False

    def applies_to(self, base: Base) -> bool:
        """Whether the question makes sense for this model."""
        return self.field is None or self.field.belongs_to(base.modality, base.traits) != self.ignored

    def body(self, base: Base) -> bytes:
        """Return the bytes to send."""
        asked = self.ask(base)
        return encode(asked if isinstance(asked, bytes) else filled(asked, base.reference))


def _with(**members: Any) -> Callable[[Base], Request]:
    return lambda base: with_members(base.request(), members)


def _characters() -> Iterator[Question]:
    """Texts that are too long only by what one counts."""
    for name, one in FIELDS.items():
        for longest in (branch.get("maxLength") for branch in one.branches):
            for length in (longest, longest // 2 + 1) if longest else ():
                text = tiled(SAMPLES[ASTRAL], length)
                if CHARACTERS in read(one, text).opens:
                    yield Question(f"{name}={length}-astral", CHARACTERS, _with(**{name: text}))


def _nulls() -> Iterator[Question]:
    for name, one in OPTIONAL.items():
        if NULL in read(one, None).opens:
            yield Question(f"{name}=null", NULL, _with(**{name: None}))


def _integral_floats() -> Iterator[Question]:
    for name, one in OPTIONAL.items():
        for text in ("1.0", "1e0", "10.0", "42.0", "4.2e1"):
            value = literal(text)
            if INTEGRAL_FLOAT in read(one, value).opens:
                yield Question(f"{name}={text}", INTEGRAL_FLOAT, _with(**{name: value}), one)


def _duplicates() -> Iterator[Question]:
    def twice(name: str, first: object, second: object) -> Callable[[Base], bytes]:
        def ask(base: Base) -> bytes:
            body = encode(with_members(base.request(), {name: first}))
            member = f'"{name}": {json.dumps(first)}'.encode()
            return body.replace(member, member + f', "{name}": {json.dumps(second)}'.encode(), 1)

        return ask

    for name in ("n", "wait"):
        amiss = next((each.value for each in wrong(name).values() if type(each.value) is int), None)
        if name in FIELDS and amiss is not None:
            yield Question(f"{name}-twice", DUPLICATES, twice(name, 1, 1), FIELDS[name])
            yield Question(f"{name}-valid-then-wrong", DUPLICATES, twice(name, 1, amiss), FIELDS[name])
            yield Question(f"{name}-wrong-then-valid", DUPLICATES, twice(name, amiss, 1), FIELDS[name])
    yield Question("prompt-twice", DUPLICATES, twice("prompt", "a sunset", "a sunrise"))


def _left_open() -> Iterator[Question]:
    """What the annotations call open."""
    for name, one in FIELDS.items():
        for label, value in one.mark.named("open").items():
            for clause in read(one, value).opens.keys() - {UNCLEAR}:
                yield Question(f"{name}={label}", clause, _with(**{name: value}), one)


def _ignored() -> Iterator[Question]:
    """Wrong values of a field on models that have no use for it, where a clause records what comes of it."""
    for name, one in OPTIONAL.items():
        if one.mark.ignored != UNCLEAR:
            other: Modality = "video" if one.mark.modality == "image" else "image"
            for label, each in list(wrong(name).items())[:MOST_IGNORED]:
                if read_field(name, each.value, other, ()).opens.keys() == {one.mark.ignored}:
                    ask = _with(**{name: each.value})
                    yield Question(f"ignored-{name}={label}", one.mark.ignored, ask, one, ignored=True)


OPEN_QUESTIONS: Final = (
    *_characters(),
    *_nulls(),
    *_integral_floats(),
    *_duplicates(),
    *_left_open(),
    *_ignored(),
)
