"""What every generated request starts from, and how one becomes bytes.

Here: the base (which model, which prompt, which reference picture), placing members where the document has
them, and encoding. Never here: which values are good or bad.

Decision: members are given flat (`{"n": 1, "seed": 42}`). No documented name stands on both levels, so the
vocabulary alone says where each belongs, and a table of requests reads as a table of fields.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from generations_contract.api.usual import required_members
from generations_contract.api.vocabulary import EXAMPLE_MODELS, INPUT_KEYS, Modality

Request: TypeAlias = dict[str, Any]
Members: TypeAlias = Mapping[str, Any]

EXAMPLE_PROMPT: Final = "A beautiful sunset over mountains"
EXAMPLE_REFERENCE: Final = "https://images.example/cat.png"

# Stands for the base's reference picture in a value.
REFERENCE: Final = "\0reference"
_LITERAL: Final = "\0literal:"
_LITERAL_ENCODED: Final = re.compile(rb'"\\u0000literal:([^"]*)"')


@dataclass(frozen=True)
class Base:
    """The least valid request for one model of a target, and what the target offers beside it.

    `reference_image`: a picture that the provider can fetch; without one, no accepted request has images.
    `traits`: the lists of the profile in which the model stands ("sized": it honours `size`).
    """

    model: str
    modality: Modality
    prompt: str = EXAMPLE_PROMPT
    reference_image: str | None = None
    traits: frozenset[str] = frozenset()

    def request(self) -> Request:
        """Return the least request: model, prompt, and whatever else is required; nothing optional."""
        more, more_inputs = required_members(self.modality)
        return {"model": self.model, "input": {"prompt": self.prompt, **more_inputs}, **more}

    @property
    def reference(self) -> str:
        """A reference picture's URL even where the target names none: for requests that must be refused."""
        return self.reference_image or EXAMPLE_REFERENCE


EXAMPLE_BASES: Final = tuple(
    Base(model, modality, reference_image=EXAMPLE_REFERENCE) for model, modality in EXAMPLE_MODELS.items()
)


def with_members(request: Request, members: Members) -> Request:
    """Return a copy of `request` with each member put where the document has it, in the order given."""
    changed = {
        name: dict(value) if name == "input" and isinstance(value, dict) else value
        for name, value in request.items()
    }
    for name, value in members.items():
        (changed["input"] if name in INPUT_KEYS else changed)[name] = value
    return changed


def filled(value: Any, reference: str | None) -> Any:
    """Return a value with a reference picture's URL wherever `REFERENCE` stands in it."""
    if value == REFERENCE:
        return reference
    if isinstance(value, list):
        return [filled(each, reference) for each in value]
    if isinstance(value, dict):
        return {name: filled(each, reference) for name, each in value.items()}
    return value


def needs_reference(value: Any) -> bool:
    """Whether `REFERENCE` stands in a value."""
    return bool(filled(value, None) != value)


def plain(value: Any) -> Any:
    """Return what the server reads: what a `literal` is a number for, as that number."""
    if isinstance(value, str) and value.startswith(_LITERAL):
        return json.loads(value.removeprefix(_LITERAL))
    return filled(value, EXAMPLE_REFERENCE)


def literal(text: str) -> str:
    """Return a stand-in that `encode` writes as the bare `text`: for what no Python value is written as."""
    return _LITERAL + text


def encode(body: Request | bytes) -> bytes:
    """Return the bytes to send: a request as JSON in UTF-8, bytes as they are."""
    if isinstance(body, bytes):
        return body
    return _LITERAL_ENCODED.sub(rb"\1", json.dumps(body, ensure_ascii=False).encode("utf-8"))
