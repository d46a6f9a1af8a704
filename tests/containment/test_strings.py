"""Strings, numbers and patterns: found, or proved impossible, and the same to both validators."""

import random
import re
from itertools import product
from typing import Any

import jsonschema_rs
import pytest

from generations_contract.containment.regex.expressions import UnsupportedPatternError
from generations_contract.containment.regex.languages import language, matches
from generations_contract.containment.regex.strings import (
    ImpossibleError,
    StringGoal,
    UndecidedError,
    find_string,
)
from generations_contract.containment.solve.quantities import NumberGoal, find_number
from generations_contract.containment.validators import python_pattern

PATTERNS = [
    "", "a", "^a", "a$", "^a$", "^$", "^a|b$", "a{2}", "^a{2,}$", "^a{0,2}$", "^(ab)*$", "^(?:a|b)+$", "[ab]", "^[^a]$",
    "^[a-c]x?$", "^.$", "\\d", "^\\w+$", "\\s", "^\\D$", "^\\W$", "^\\S$", "\\.", "^[\\d-]$", "^[.]$", "x*",
    "^(?=a)[ab]+$", "^(?!a)[ab]+$", "\\u0061", "\\x61", "\\n", "^[\\s\\S]{2}$", "(?<name>a)b", "^a+?b", "\\/", "[\\]]",
    "a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", "^((?!aa).)*$", "^[ab]+(?<!a)$", "(?:(?=ab)a|c)b?$", "a(?!$)",
    "^\\p{L}+$", "^\\P{L}$", "^[\\p{Lu}0]$", "a(|b)c", "^(a?){3}$", "\\cA", "[a\\-z]", "^é$", "^[à-ü]$",
]  # fmt: skip
TEXTS = [
    "", "a", "b", "ab", "aa", "aaa", "aba", "abab", "c", "ax", "x", "1", "a1", "_", "-", ".", " ", "\n", "a\n", "]", "A",
    "é", "/", "abc", "ac", "\x01", "z", "00", "ß", "\u2028", "中",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_pattern_means_what_the_validators_make_of_it(pattern: str) -> None:
    """The automaton, jsonschema-rs and Python's engine find the pattern in the same texts."""
    validator = jsonschema_rs.Draft202012Validator({"pattern": pattern})
    spelled = re.compile(python_pattern(pattern))
    for text in TEXTS:
        expected = validator.is_valid(text)
        assert matches(pattern, text) is expected, text
        assert (spelled.search(text) is not None) is expected, text


@pytest.mark.parametrize("pattern", ["\\ba", "a\\b", "\\Ba", "^\\b", "\\B", "^\\B$", "-\\b-", "a\\b.a"])
def test_edge_of_a_word_is_that_of_ascii(pattern: str) -> None:
    """As ECMA-262 has it, to Python too: only ASCII letters, digits and _ make words."""
    ascii_only = jsonschema_rs.Draft202012Validator({"pattern": pattern})
    spelled = re.compile(python_pattern(pattern))
    for text in [*TEXTS, "éa", "aé", "-a", "a-", "a.a"]:
        assert matches(pattern, text) is (spelled.search(text) is not None), text
        if text.isascii():
            assert ascii_only.is_valid(text) is matches(pattern, text), text


def _looking(chance: random.Random, depth: int) -> str:
    """A pattern that looks around, over a, b and -."""
    plain = ["a", "b", "-", ".", "[ab]", "[^a]", "ab", "--"]
    look = f"{chance.choice(['(?=', '(?!', '(?<=', '(?<!'])}{chance.choice(plain)})"
    ahead = f"{chance.choice(['(?=', '(?!'])}{chance.choice(plain)}{chance.choice(['*', '+', ''])}$)"
    group = f"(?:{_looking(chance, depth - 1)})" if depth else "a"
    parts = [look, ahead, "\\b", group, *(f"(?:{one})" for one in plain[:5])]
    times = ["", "", "*", "+", "?", "{1,2}"]
    joined = [
        part if part.startswith(("(?=", "(?!", "(?<", "\\")) else part + chance.choice(times)
        for part in chance.choices(parts, k=chance.randint(1, 4))
    ]
    text = "".join(joined)
    return f"{text}|{chance.choice(plain)}" if chance.random() < 0.2 else text


@pytest.mark.parametrize("seed", range(8))
def test_looking_around_means_what_python_makes_of_it(seed: int) -> None:
    """Generated patterns with lookaround anywhere are found in the same short texts."""
    chance = random.Random(seed)  # noqa: S311
    texts = ["".join(letters) for length in range(5) for letters in product("ab-", repeat=length)]
    for _ in range(40):
        pattern = _looking(chance, 2)
        pattern = f"^(?:{pattern})$" if chance.random() < 0.5 else pattern
        spelled = re.compile(python_pattern(pattern))
        for text in texts:
            assert matches(pattern, text) is (spelled.search(text) is not None), (pattern, text)


@pytest.mark.parametrize(
    "pattern",
    ["(a)\\1", "(?=a(?!b))", "(?<=^a)b", "^a++$", "[[:alpha:]]", "\\p{Greek}", "(", "a{3000}"],
)
def test_irregular_pattern_is_refused(pattern: str) -> None:
    """About what is no regular language, nothing is proved."""
    with pytest.raises(UnsupportedPatternError):
        language(pattern)


def found(**goal: Any) -> str | None:
    """A string for the goal; `None` where there is proved to be none."""
    sets = {name: frozenset(value) if isinstance(value, list) else value for name, value in goal.items()}
    try:
        return find_string(StringGoal(**sets), lambda *_: None, lambda *_: False)
    except ImpossibleError:
        return None


@pytest.mark.parametrize(
    ("goal", "text"),
    [
        ({}, ""),
        ({"low": 3}, "aaa"),
        ({"low": 3, "high": 2}, None),
        ({"excluded": [""], "high": 0}, None),
        ({"excluded": ["", "a"], "high": 1}, "A"),
        ({"patterns": ["^a+$"], "not_patterns": ["^a*$"]}, None),
        ({"patterns": ["^a*$"], "not_patterns": ["^a+$"]}, ""),
        ({"patterns": ["^[0-9]+:[0-9]+$"], "not_patterns": ["^[1-9][0-9]*:[1-9][0-9]*$"]}, "0:0"),
        ({"patterns": ["^[1-9][0-9]*:[1-9][0-9]*$"], "not_patterns": ["^[0-9]+:[0-9]+$"]}, None),
        ({"patterns": ["^(ab)+$"], "low": 5}, "ababab"),
        ({"patterns": ["^(ab)+$"], "low": 5, "high": 5}, None),
        ({"patterns": ["^(ab)+$"], "low": 8_001}, "ab" * 4_001),
        ({"patterns": ["^a$|^b$"], "excluded": ["a"]}, "b"),
        ({"patterns": ["^a$|^b$"], "excluded": ["a", "b"]}, None),
        ({"patterns": ["a", "b", "c"], "high": 2}, None),
        ({"not_patterns": ["^[\\s\\S]*$"]}, None),
    ],
)
def test_string_is_found_or_proved_impossible(goal: dict[str, Any], text: str | None) -> None:
    """The shortest string under patterns, lengths and exclusions, or the proof that there is none."""
    assert found(**goal) == text


def test_string_too_long_to_walk_is_left_open() -> None:
    """What takes too many steps is neither found nor impossible."""
    with pytest.raises(UndecidedError):
        found(patterns=["^a+$"], low=2_000_000)


def number(integral: bool, *, bounds: tuple[Any, Any] = (None, None), **rest: Any) -> float | None:
    """A number for the goal; `None` where there is proved to be none."""
    goal = NumberGoal(integral, **rest)
    low, high = bounds
    if low is not None:
        goal.raise_low(low, exclusive=False)
    if high is not None:
        goal.lower_high(high, exclusive=False)
    try:
        return find_number(goal)
    except ImpossibleError:
        return None


@pytest.mark.parametrize(
    ("integral", "rest", "expected"),
    [
        (True, {}, 0),
        (True, {"bounds": (3, 4)}, 3),
        (True, {"bounds": (None, -2)}, -2),
        (True, {"bounds": (1, 5), "divisors": [6]}, None),
        (True, {"divisors": [4, 6], "bounds": (1, None)}, 12),
        (True, {"divisors": [2], "not_divisors": [4], "bounds": (1, None)}, 2),
        (True, {"divisors": [4], "not_divisors": [2]}, None),
        (True, {"excluded": {3, 4}, "bounds": (3, 4)}, None),
        (False, {"bounds": (1, 1)}, None),
        (False, {"divisors": [1]}, None),
        (False, {"bounds": (1, 2)}, 1.5),
    ],
)
def test_number_is_found_or_proved_impossible(integral: bool, rest: Any, expected: float | None) -> None:
    """A number under bounds, multiples and exclusions, or the proof that there is none."""
    assert number(integral, **rest) == expected


def expression(chance: random.Random, depth: int) -> str:
    """A random pattern over a and b."""
    if not depth:
        return chance.choice(("a", "b", "[ab]", ".", "[^a]", "ab", ""))
    inner = [expression(chance, depth - 1) for _ in range(2)]
    return chance.choice((
        f"({inner[0]}|{inner[1]})", f"{inner[0]}{inner[1]}", f"({inner[0]})*", f"({inner[0]})+", f"({inner[0]}){{2}}",
        f"({inner[0]}){{1,2}}", f"({inner[0]})?", f"^{inner[0]}$", f"^{inner[0]}", f"{inner[0]}$",
    ))  # fmt: skip


ALL_SHORT = ["".join(letters) for length in range(8) for letters in product("abc", repeat=length)]


@pytest.mark.parametrize("block", range(4))
def test_string_search_agrees_with_brute_force(block: int) -> None:
    """Of random goals, what is found meets the goal, and what is proved impossible no short string meets."""
    for seed in range(block * 60, block * 60 + 60):
        chance = random.Random(seed)  # noqa: S311
        wanted = [expression(chance, 2) for _ in range(chance.randint(1, 2))]
        refused = [expression(chance, 2) for _ in range(chance.randint(0, 1))]
        low, high = chance.choice((0, 0, 1, 3, 5, 6)), chance.choice((None, 4, 6, 7))
        compiled = [(re.compile(python_pattern(one)), one in wanted) for one in wanted + refused]

        def meets(text: str, low: int = low, high: int | None = high, compiled: Any = compiled) -> bool:
            fits = low <= len(text) and (high is None or len(text) <= high)
            return fits and all((one.search(text) is not None) is sign for one, sign in compiled)

        if set(wanted) & set(refused):
            continue
        text = found(patterns=wanted, not_patterns=refused, low=low, high=high)
        assert (text is None) or meets(text), (seed, wanted, refused, low, high)
        assert text is not None or not any(map(meets, ALL_SHORT)), (seed, wanted, refused, low, high)
