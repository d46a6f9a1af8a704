"""The fields of `input`, one reader each, and what a reading of a request body is.

No clause lives here, and no answer is looked at. What the document leaves
open is kept apart from what it forbids, so that no clause ever judges it, neither accepting nor refusing it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

from generations_contract.api.schema import REQUEST, accepts
from generations_contract.api.schema_files import load, member
from generations_contract.api.vocabulary import (
    EXAMPLE_ASPECT_RATIOS,
    EXAMPLE_DURATIONS,
    EXAMPLE_RESOLUTIONS,
    EXAMPLE_SIZES,
    IMAGES_MAX,
    INPUT_KEYS,
    PROMPT_LENGTH_MAX,
    Modality,
)
from generations_contract.clauses.facts.assets import absolute

# Open without a clause of its own: only not to be judged.
UNCLEAR: Final = "unclear"
SEED_LIMIT: Final = 2**31
# A text as plain as they come: nothing about its length can be the reason of a refusal.
PLAIN_LENGTH: Final = 1000

_RATIO = re.compile(r"\s*\d+(\.\d+)?\s*:\s*\d+(\.\d+)?\s*")
_SIZE = re.compile(r"\s*\d+\s*[xX\u00d7*]\s*\d+\s*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_INPUT = frozenset(INPUT_KEYS)
_EXAMPLES: Final[Mapping[str, tuple[object, ...]]] = {
    "aspect_ratio": EXAMPLE_ASPECT_RATIOS,
    "size": EXAMPLE_SIZES,
    "duration": EXAMPLE_DURATIONS,
    "resolution": EXAMPLE_RESOLUTIONS,
}


@dataclass
class Reading:
    """What a body violates (clause id -> offending fields), what it leaves open (clause id -> subjects).

    `irrelevant` are documented fields that do not apply to the model. Fields are dotted paths ("input.seed").
    """

    violations: dict[str, list[str]] = field(default_factory=dict)
    opens: dict[str, list[str]] = field(default_factory=dict)
    irrelevant: list[str] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether the document clearly allows the request."""
        return not self.violations and not self.opens

    @property
    def offending(self) -> list[str]:
        """Every field that may be blamed for a refusal."""
        blamed = [each for fields in self.violations.values() for each in fields]
        return blamed + [each.split(" ")[0] for subjects in self.opens.values() for each in subjects]

    def violates(self, clause_id: str, where: str) -> None:
        """Note a violation."""
        self.violations.setdefault(clause_id, []).append(where)

    def leaves_open(self, clause_id: str, subject: str) -> None:
        """Note what the document does not decide; the subject begins with the field."""
        self.opens.setdefault(clause_id, []).append(subject)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a JSON value is a number; `true` is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a body a value stands: the field, whether the model ignores it, and for what the model is."""

    read: Reading
    name: str
    ignored: bool
    modality: Modality | None

    def violates(self, clause_id: str) -> None:
        self.read.violates(clause_id, f"input.{self.name}")

    def leaves_open(self, clause_id: str, what: str) -> None:
        self.read.leaves_open(clause_id, f"input.{self.name} {what}")

    def example(self, value: object) -> None:
        """The document's own examples are supported by all; any other value only where the model does."""
        if value not in _EXAMPLES[self.name]:
            self.leaves_open("request.unsupported-value", f"{str(value)[:20]} on {self.modality} models")

    def text(self, value: object) -> bool:
        """Whether it is a string; a wrong type is open where the model ignores the field."""
        if isinstance(value, str):
            return True
        if self.ignored:
            self.leaves_open(UNCLEAR, "of another type on a model that ignores it")
        else:
            self.violates("request.field-types")
        return False


def read_input(read: Reading, sent: Mapping[str, Any], modality: Modality | None, *, sized: bool) -> None:
    """Read the members of `input`; `sized`: whether the model takes `size`."""
    ignored = {"size"} - ({"size"} if sized else set())
    if modality != "video":
        ignored |= {"duration", "resolution"}
    _prompt(read, sent.get("prompt"))
    for key, value in sent.items():
        if key not in _INPUT:
            read.violates("strict.nested", f"input.{key}")
        elif key != "prompt":
            place = _Place(read, key, key in ignored, modality)
            if place.ignored:
                read.irrelevant.append(f"input.{key}")
            if key not in _READERS:
                read_further(read, value, "input", key)
            elif value is None:
                place.leaves_open("request.null-optional", "null")
            else:
                _READERS[key](place, value)


def _prompt(read: Reading, prompt: object) -> None:
    if not isinstance(prompt, str) or not prompt:
        read.violates("request.prompt-length", "input.prompt")
        return
    core = prompt.strip()
    if len(prompt) > PROMPT_LENGTH_MAX:
        if 0 < len(core) <= PROMPT_LENGTH_MAX:
            read.leaves_open(UNCLEAR, "input.prompt is longer only by the space around it")
        else:
            read.violates("request.prompt-length", "input.prompt")
    elif not core or _hardly_text(prompt):
        read.leaves_open(UNCLEAR, "input.prompt is hardly a text")
    elif not prompt.isascii() and len(prompt) * 2 > PROMPT_LENGTH_MAX and _units(prompt) > PROMPT_LENGTH_MAX:
        read.leaves_open("request.characters", "input.prompt over 8000 in UTF-16 units, not in code points")


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _hardly_text(text: str) -> bool:
    """Whether a string holds NUL or half a surrogate pair: JSON allows both, Unicode text has neither."""
    return "\x00" in text or (not text.isascii() and _SURROGATE.search(text) is not None)


def _images(place: _Place, value: object) -> None:
    if not isinstance(value, list) or len(value) > IMAGES_MAX or not all(isinstance(e, str) for e in value):
        place.violates("request.images-limit")
    elif not all(map(absolute, value)):
        place.leaves_open("request.image-urls", "with an entry that is no URL")


def _aspect_ratio(place: _Place, value: object) -> None:
    if place.text(value):
        if _RATIO.fullmatch(str(value)):
            place.example(value)
        else:
            place.violates("request.aspect-ratio-form")


def _size(place: _Place, value: object) -> None:
    if place.text(value):
        if place.ignored or _SIZE.fullmatch(str(value)):
            place.example(value)
        else:
            place.violates("request.size-form")


def _resolution(place: _Place, value: object) -> None:
    if place.text(value):
        place.example(value)


def _duration(place: _Place, value: object) -> None:
    if is_number(value) or place.text(value):
        place.example(value)


def _seed(place: _Place, value: object) -> None:
    if isinstance(value, float) and value.is_integer():
        place.leaves_open("request.integral-float", "as an integral float")
    elif not isinstance(value, int) or isinstance(value, bool):
        place.violates("request.field-types")
    elif not 0 <= value < SEED_LIMIT:
        place.leaves_open(UNCLEAR, "beyond 31 bits")


def _negative_prompt(place: _Place, value: object) -> None:
    if place.text(value):
        text = str(value)
        if not text.strip() or len(text) > PLAIN_LENGTH or _hardly_text(text):
            place.leaves_open(UNCLEAR, "blank, long, or hardly a text")


def read_further(read: Reading, value: object, *path: str) -> None:
    """Read a documented field that has no reader of its own, by its schema alone."""
    where, described = ".".join(path), member(_REQUEST, *path)
    if not accepts(REQUEST, _with_only(value, *path)):
        if value is None:
            read.leaves_open("request.null-optional", f"{where} null")
        else:
            read.violates("request.field-types", where)
    elif isinstance(value, str):
        longest = described.get("maxLength", PLAIN_LENGTH)
        if not value.strip() or _units(value) > longest or _hardly_text(value):
            read.leaves_open(UNCLEAR, f"{where} blank, long, or hardly a text")
    elif isinstance(value, float) and value.is_integer() and "number" not in described.get("type", ()):
        read.leaves_open("request.integral-float", f"{where} as an integral float")


def _with_only(value: object, *path: str) -> dict[str, Any]:
    """The least request with one member more."""
    least: dict[str, Any] = {"model": "m", "input": {"prompt": "x"}}
    (least["input"] if path[:-1] else least)[path[-1]] = value
    return least


def unlike(fields: list[str]) -> str:
    """What is wrong with fields that violate `request.field-types`."""
    read = all(where.removeprefix("input.") in _READERS for where in fields)
    return "has another type" if read else "is not as its schema says"


_REQUEST: Final = load(REQUEST)
_READERS: Final[Mapping[str, Callable[[_Place, object], None]]] = {
    "images": _images,
    "aspect_ratio": _aspect_ratio,
    "size": _size,
    "duration": _duration,
    "resolution": _resolution,
    "seed": _seed,
    "negative_prompt": _negative_prompt,
}
