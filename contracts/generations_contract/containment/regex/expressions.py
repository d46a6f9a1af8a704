"""Regular expressions as JSON Schema has them (ECMA-262, searched, code points), parsed into trees.

No string is matched here: `automaton` and `languages` do that. What is no regular language (back-references) is
refused, so that nothing is proved about it.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from generations_contract.containment.regex.unicode import (
    Intervals,
    category,
    complement,
    each_of,
    normalised,
)

REPEATS_MAX: Final = 2_000


class UnsupportedPatternError(ValueError):
    """The pattern is no regular language, or none that is understood here."""


@dataclass(frozen=True)
class Characters:
    """One character out of these ranges of code points."""

    ranges: Intervals


@dataclass(frozen=True)
class Sequence:
    """Its parts, one after the other; without parts, the empty string."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Choice:
    """One of its parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Repeat:
    """Its part, `low` to `high` times; without `high`, any number of times."""

    part: "Node"
    low: int
    high: int | None


@dataclass(frozen=True)
class Anchor:
    """The start (`^`) or the end (`$`) of the string."""

    at_start: bool


@dataclass(frozen=True)
class Ahead:
    """A lookahead: what follows matches its part, or does not."""

    part: "Node"
    wanted: bool


@dataclass(frozen=True)
class Behind:
    """A lookbehind: what was read last matches its part, or does not."""

    part: "Node"
    wanted: bool


Node: TypeAlias = Characters | Sequence | Choice | Repeat | Anchor | Ahead | Behind


DIGITS: Final[Intervals] = ((48, 57),)
WORD: Final[Intervals] = ((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Final[Intervals] = normalised(
    [*each_of("\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"), (0x2000, 0x200A)]
)
# Both validators let it find \r, U+2028 and U+2029, unlike ECMA-262: witnesses are replayed in their reading.
DOT: Final[Intervals] = complement(normalised(each_of("\n")))
_IN_WORD: Final = Characters(WORD)
_EDGE: Final = {
    both: Choice(
        (
            Sequence((Behind(_IN_WORD, wanted=True), Ahead(_IN_WORD, wanted=not both))),
            Sequence((Behind(_IN_WORD, wanted=False), Ahead(_IN_WORD, wanted=both))),
        )
    )
    for both in (True, False)
}
_CLASSES: Final = {
    "d": DIGITS, "D": complement(DIGITS), "w": WORD, "W": complement(WORD),
    "s": SPACE, "S": complement(SPACE),
}  # fmt: skip
_CONTROLS: Final = {"n": 10, "r": 13, "t": 9, "v": 11, "f": 12, "0": 0}


class _Parser:
    """Recursive descent over one pattern."""

    def __init__(self, pattern: str) -> None:
        self.text, self.at = pattern, 0

    def refuse(self, what: str) -> UnsupportedPatternError:
        return UnsupportedPatternError(f"{what} at {self.at} of pattern {self.text!r}")

    def peek(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def take(self, text: str) -> bool:
        if found := self.peek(text):
            self.at += len(text)
        return found

    def choice(self) -> Node:
        parts = [self.sequence()]
        while self.take("|"):
            parts.append(self.sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and not (self.peek("|") or self.peek(")")):
            parts.append(self.repeated())
            if len(parts) > 1:
                parts[-2:] = _joined(parts[-2], parts[-1])
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def repeated(self) -> Node:
        node = self.atom()
        while (bounds := self.bounds()) is not None:
            if self.take("+"):
                raise self.refuse("a possessive repetition")
            self.take("?")  # lazy or greedy: the same strings match
            if max(bounds[0], bounds[1] or 0) > REPEATS_MAX:
                raise self.refuse("too many repetitions")
            node = Repeat(node, *bounds)
        return node

    def bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(sign):
                return bounds
        close = self.text.find("}", self.at) if self.peek("{") else -1
        low, comma, high = self.text[self.at + 1 : max(close, 0)].partition(",")
        if close < 0 or not low.isdecimal() or (high and not high.isdecimal()):
            return None  # a brace that bounds nothing stands for itself
        self.at = close + 1
        return int(low), (int(high) if high else None) if comma else int(low)

    def atom(self) -> Node:
        if self.take("("):
            return self.group()
        if self.take("["):
            return Characters(self.members())
        if self.take("^"):
            return Anchor(at_start=True)
        if self.take("$"):
            return Anchor(at_start=False)
        if self.take("."):
            return Characters(DOT)
        if self.take("\\b") or self.take("\\B"):
            return _EDGE[self.text[self.at - 1] == "b"]
        if self.take("\\"):
            return Characters(self.escape(in_class=False))
        if self.text[self.at] in "*+?":
            raise self.refuse("nothing to repeat")
        self.at += 1
        return Characters(tuple(each_of(self.text[self.at - 1])))

    def group(self) -> Node:
        kind: type[Ahead | Behind] | None = None
        if self.take("?=") or self.take("?!"):
            kind = Ahead
        elif self.take("?<=") or self.take("?<!"):
            kind = Behind
        elif self.peek("?<"):
            self.at = self.text.find(">", self.at) + 1
        elif not self.take("?:") and self.peek("?"):
            raise self.refuse("a group of an unknown kind")
        wanted = self.text[self.at - 1] == "="
        node = self.choice()
        if not self.take(")"):
            raise self.refuse("an open group")
        return node if kind is None else kind(node, wanted)

    def members(self) -> Intervals:
        negated, first = self.take("^"), True
        ranges: list[tuple[int, int]] = []
        while first or not self.peek("]"):
            if self.at >= len(self.text):
                raise self.refuse("an open class")
            if first and self.peek("]"):
                break
            first = False
            low = self.member()
            if self.peek("-") and not self.peek("-]") and len(low) == 1 and low[0][0] == low[0][1]:
                self.at += 1
                high = self.member()
                if len(high) != 1 or high[0][1] < low[0][0]:
                    raise self.refuse("a range out of order")
                low = ((low[0][0], high[0][1]),)
            ranges += low
        self.at += 1
        found = normalised(ranges)
        return complement(found) if negated else found

    def member(self) -> Intervals:
        if self.at >= len(self.text):
            raise self.refuse("an open class")
        if self.take("\\"):
            return self.escape(in_class=True)
        if self.peek("[:") or self.peek("&&") or self.peek("--"):
            raise self.refuse("a set operation")
        self.at += 1
        return tuple(each_of(self.text[self.at - 1]))

    def escape(self, *, in_class: bool) -> Intervals:
        if self.at >= len(self.text):
            raise self.refuse("a lone backslash")
        sign = self.text[self.at]
        self.at += 1
        if sign in _CLASSES:
            return _CLASSES[sign]
        if sign in "xu":
            return self.code_point(2 if sign == "x" else 4)
        if (
            sign == "c"
            and self.at < len(self.text)
            and self.text[self.at].isascii()
            and self.text[self.at].isalpha()
        ):
            self.at += 1
            return ((ord(self.text[self.at - 1]) % 32,) * 2,)
        if sign == "b" and in_class:
            return ((8, 8),)
        if sign in "pP":
            return self.property(negated=sign == "P")
        if sign in _CONTROLS and not (sign == "0" and self.text[self.at : self.at + 1].isdecimal()):
            return ((_CONTROLS[sign],) * 2,)
        if sign.isalnum():
            raise self.refuse(f"\\{sign}")
        return tuple(each_of(sign))

    def property(self, *, negated: bool) -> Intervals:
        close = self.text.find("}", self.at)
        found = category(self.text[self.at + 1 : close]) if self.peek("{") and close > 0 else None
        if found is None:
            raise self.refuse("an unknown property")
        self.at = close + 1
        return complement(found) if negated else found

    def code_point(self, digits: int) -> Intervals:
        text = self.text[self.at : self.at + digits]
        try:
            code = int(text, 16)
        except ValueError:
            raise self.refuse("an unfinished code point") from None
        if len(text) != digits or 0xD800 <= code <= 0xDFFF:
            raise self.refuse("an unfinished code point")
        self.at += digits
        return ((code, code),)


def _joined(first: Node, second: Node) -> list[Node]:
    """Two neighbours; a lookahead at one character is made part of the characters that follow it."""
    if not (isinstance(first, Ahead) and isinstance(first.part, Characters)):
        return [first, second]
    allowed = first.part.ranges if first.wanted else complement(first.part.ranges)
    if isinstance(second, Characters):
        return [Characters(_common(second.ranges, allowed))]
    if isinstance(second, Repeat) and isinstance(second.part, Characters) and second.low:
        rest = Repeat(second.part, second.low - 1, None if second.high is None else second.high - 1)
        return [Sequence((Characters(_common(second.part.ranges, allowed)), rest))]
    return [first, second]


def _common(left: Intervals, right: Intervals) -> Intervals:
    return complement(normalised([*complement(left), *complement(right)]))


def parse(pattern: str) -> Node:
    """The tree of a pattern. Raises `UnsupportedPatternError`."""
    parser = _Parser(pattern)
    node = parser.choice()
    if parser.at < len(pattern):
        raise parser.refuse("an unmatched )")
    return node
