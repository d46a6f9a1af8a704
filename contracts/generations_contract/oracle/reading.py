"""A request body read against the schemas: what it violates, and what of it the document leaves open.

The validators decide what is allowed. Beside them stands a small reader for what JSON Schema cannot see in a text:
blank ones, half a surrogate pair, characters counted otherwise. Never here: bytes, HTTP, or an answer.

Decision: each field is asked by itself, by a compiled validator of its own: so every violation of a body is found,
and each is laid to its clause, whatever else is wrong.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from generations_contract.api.vocabulary import Modality
from generations_contract.oracle.annotations import UNCLEAR, Break, Level, Open
from generations_contract.oracle.fields import FIELDS, NESTED, TOP, UNKNOWN_KEY, UNKNOWN_NESTED, Field

CHARACTERS: Final = "request.characters"
NULL: Final = "request.null-optional"
INTEGRAL_FLOAT: Final = "request.integral-float"

# A text as plain as they come: nothing about its length can be the reason of a refusal.
PLAIN_LENGTH: Final = 1000
# RFC 8259, 6: integers beyond this are not exact to every reader of JSON.
EXACT_INTEGER_MAX: Final = 2**53 - 1
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SHOWN_LENGTH: Final = 20


@dataclass
class Reading:
    """What a body violates (clause id -> offending fields), what it leaves open (clause id -> subjects).

    `irrelevant` are documented fields that do not apply to the model. Fields are dotted paths ("input.seed").
    `levels`: of the clauses that are violated at another level than MUST.
    """

    violations: dict[str, list[str]] = field(default_factory=dict)
    opens: dict[str, list[str]] = field(default_factory=dict)
    irrelevant: list[str] = field(default_factory=list)
    levels: dict[str, Level] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """Whether the document clearly allows the request."""
        return not self.violations and not self.opens

    @property
    def offending(self) -> list[str]:
        """Every field that may be blamed for a refusal."""
        blamed = [each for fields in self.violations.values() for each in fields]
        return blamed + [each.split(" ")[0] for subjects in self.opens.values() for each in subjects]

    def violates(self, broken: Break | str, where: str) -> None:
        """Note a violation; a clause that is violated as a MUST anywhere is violated as a MUST."""
        clause, level = (broken.clause, broken.level) if isinstance(broken, Break) else (broken, "MUST")
        if level == "SHOULD" and clause not in self.violations:
            self.levels[clause] = "SHOULD"
        elif level == "MUST":
            self.levels.pop(clause, None)
        self.violations.setdefault(clause, []).append(where)

    def leaves_open(self, clause_id: str, subject: str) -> None:
        """Note what the document does not decide; the subject begins with the field."""
        self.opens.setdefault(clause_id, []).append(subject)


def read_body(
    body: Mapping[str, Any], modality: Modality | None, traits: Collection[str], into: Reading | None = None
) -> Reading:
    """Read a request, given as JSON object, for a model of that modality and with these traits.

    Raises nothing, whatever the body holds.
    """
    read = into or Reading()
    _level(read, body, TOP, "", modality, traits)
    inner = body.get("input")
    if isinstance(inner, dict) and NESTED:
        _level(read, inner, NESTED, "input", modality, traits)
    return read


def read_field(name: str, value: object, modality: Modality | None, traits: Collection[str]) -> Reading:
    """Read one field with a value, by itself; `KeyError` for a field that is not documented."""
    read = Reading()
    _field(read, FIELDS[name], value, modality, traits)
    return read


def _level(
    read: Reading,
    given: Mapping[str, Any],
    documented: Mapping[str, Field],
    level: str,
    modality: Modality | None,
    traits: Collection[str],
) -> None:
    for key, value in given.items():
        if key in documented:
            if not (key == "input" and isinstance(value, dict)):
                _field(read, documented[key], value, modality, traits)
        else:
            read.violates(UNKNOWN_KEY[level], f"{level}.{key}" if level else key)
    for key, each in documented.items():
        if each.required and key not in given:
            read.violates(each.breaks("required"), each.where)


def _field(
    read: Reading, one: Field, value: object, modality: Modality | None, traits: Collection[str]
) -> None:
    belongs = one.belongs_to(modality, traits)
    if not belongs:
        read.irrelevant.append(one.where)
    if one.part.accepts(value):
        extra = one.honoured_part if belongs else None
        if extra is not None and not extra.accepts(value):
            _refused(read, one, extra.refusing(value), value, modality)
        else:
            _allowed(read, one, value, modality)
    elif value is None and not one.required:
        read.leaves_open(NULL, f"{one.where} null")
    elif belongs:
        _refused(read, one, one.part.refusing(value), value, modality)
    else:
        wrong = {keyword for _, keyword in one.part.refusing(value)}
        what = "of another type" if wrong & {"type", "anyOf"} else "out of range"
        read.leaves_open(one.mark.ignored, f"{one.where} {what} on a model that ignores it")


def _refused(
    read: Reading, one: Field, why: list[tuple[str, str]], value: object, modality: Modality | None
) -> None:
    """What the schema refuses breaks a clause, unless that is open after all."""
    if all(keyword == "maxLength" for _, keyword in why) and _only_space_too_long(one, value):
        read.leaves_open(UNCLEAR, f"{one.where} is longer only by the space around it")
        return
    for each in one.mark.open_beyond:
        if each.when is not None and each.when.accepts(value):
            read.leaves_open(each.clause, _subject(one, each, value, modality))
            return
    pointer, keyword = why[0] if why else ("", "")
    if keyword == "additionalProperties":
        read.violates(UNKNOWN_NESTED, one.where)
    else:
        read.violates(one.breaks("*" if pointer else keyword), one.where)


def _allowed(read: Reading, one: Field, value: object, modality: Modality | None) -> None:
    """What the schema allows is valid, unless the document leaves it open."""
    for each in one.mark.open:
        if not _is_example(one, value) if each.when is None else each.when.accepts(value):
            read.leaves_open(each.clause, _subject(one, each, value, modality))
            return
    if isinstance(value, str):
        _text(read, one, value)
    elif type(value) is int and abs(value) > EXACT_INTEGER_MAX:
        read.leaves_open(UNCLEAR, f"{one.where} beyond what every reader of JSON holds")
    elif type(value) is float and value.is_integer() and not _takes_fractions(one):
        read.leaves_open(INTEGRAL_FLOAT, f"{one.where} as an integral float")


def _is_example(one: Field, value: object) -> bool:
    """Whether a value is an example to the letter: 8.0 is another spelling of 8, and no example."""
    return any(value == each and type(value) is type(each) for each in one.examples)


def _takes_fractions(one: Field) -> bool:
    return any(branch.get("type", "number") == "number" for branch in one.branches)


def _subject(one: Field, each: Open, value: object, modality: Modality | None) -> str:
    told = each.says.replace("{value}", str(value)[:_SHOWN_LENGTH]).replace("{modality}", str(modality))
    return f"{one.where} {told}"


def _text(read: Reading, one: Field, text: str) -> None:
    """What a validator cannot see in a free text."""
    texts = [branch for branch in one.branches if branch.get("type") == "string"]
    if not texts or any(branch.keys() & {"enum", "const", "pattern", "format"} for branch in texts):
        return
    longest = texts[0].get("maxLength")
    if not text.strip() or (text and hardly_text(text)):
        read.leaves_open(UNCLEAR, f"{one.where} is hardly a text")
    elif longest is None and len(text) > PLAIN_LENGTH:
        read.leaves_open(UNCLEAR, f"{one.where} is long")
    elif longest is not None and not text.isascii() and len(text) * 2 > longest and _units(text) > longest:
        read.leaves_open(CHARACTERS, f"{one.where} over {longest} in UTF-16 units, not in code points")


def _only_space_too_long(one: Field, value: object) -> bool:
    core = value.strip() if isinstance(value, str) else ""
    return bool(core) and one.part.accepts(core)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def hardly_text(text: str) -> bool:
    """Whether a string holds NUL or half a surrogate pair: JSON allows both, Unicode text has neither."""
    return "\x00" in text or (not text.isascii() and _SURROGATE.search(text) is not None)
