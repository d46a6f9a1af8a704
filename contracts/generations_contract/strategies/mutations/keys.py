"""Unknown keys: near misses of documented ones, documented ones on the wrong level, and foreign ones.

Here: everything of `strict.*`. Decision: a near miss carries a value that the documented key would accept,
so nothing but the key can be what is refused. No key holds a control character: a gateway may well clean
what it repeats in an error, and would then seem to blame another.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from generations_contract.api.schema_files import REQUEST, load_own, member
from generations_contract.api.usual import usual
from generations_contract.api.vocabulary import (
    INPUT_KEYS,
    OPTIONAL_INPUT_KEYS,
    OPTIONAL_KEYS,
    TOP_LEVEL_KEYS,
)
from generations_contract.oracle.fields import FIELDS, UNKNOWN_KEY
from generations_contract.strategies.base import Base, Request
from generations_contract.strategies.boundaries import at_end, at_ends, everything, fixed
from generations_contract.strategies.mutations.foreign import FOREIGN_NESTED, FOREIGN_TOP
from generations_contract.strategies.mutations.mutation import Change, Mutation
from generations_contract.strategies.texts import MIXED
from generations_contract.strategies.values import plain_value, ranges


def _least(name: str) -> Any:
    """The lowest number, the shortest array, else a plain value: a gateway that takes it does least with it."""
    lowest = next((values[0] for values in ranges(name)), None)
    return plain_value(name, "image") if lowest is None or isinstance(lowest, str) else lowest


# By key: a value that the documented key accepts.
LEGAL: Final = {name: _least(name) for name in FIELDS}

# Ways to miss a key nearly. One that gives the key itself, or a documented one, is left out.
NEAR_MISSES: Final[dict[str, Callable[[str], str]]] = {
    "capital": str.capitalize,
    "upper": str.upper,
    "trailing-space": lambda key: f"{key} ",
    "leading-space": lambda key: f" {key}",
    "plural": lambda key: key[:-1] if key.endswith("s") else f"{key}s",
    "underscore": lambda key: f"_{key}",
    "typo": lambda key: key[:-2] + key[-1] if len(key) > 2 else key * 2,
    "kebab": lambda key: key.replace("_", "-"),
    "camel": lambda key: key.split("_")[0] + "".join(map(str.capitalize, key.split("_")[1:])),
    "joined": lambda key: key.replace("_", ""),
    "spaced": lambda key: key.replace("_", " "),
    "zero-width": lambda key: f"{key}\u200b",
    "no-break-space": lambda key: f"{key}\u00a0",
}
ODD_KEYS: Final = {
    "empty": "",
    "proto": "__proto__",
    "schema": "$schema",
    "space": " ",
    "emoji": "🌄",
}
VALUES: Final[dict[str, Any]] = {
    "null": None,
    "false": False,
    "zero": 0,
    "empty-text": "",
    "array": [],
    "object": {},
    "deep-object": {"input": {"prompt": "x", "wait": 0}},
    "array-of-objects": [{"seed": 42}, None],
}


def _add(level: str, **extra: Any) -> Change:
    """Return the change that adds keys at the end of a level ("" is the top, "input" below it)."""

    def add(request: Request, _base: Base) -> Request:
        (request["input"] if level else request).update(extra)
        return request

    return add


def _add_first(level: str, **extra: Any) -> Change:
    def add(request: Request, _base: Base) -> Request:
        return {**request, "input": {**extra, **request["input"]}} if level else {**extra, **request}

    return add


def _place(level: str, key: str) -> str:
    return f"{level}.{key}" if level else key


def _near_misses() -> Iterator[Mutation]:
    documented = {*TOP_LEVEL_KEYS, *INPUT_KEYS}
    for level, keys in (("", TOP_LEVEL_KEYS), ("input", INPUT_KEYS)):
        seen = set(documented)
        for key in keys:
            for label, miss in NEAR_MISSES.items():
                other = miss(key)
                if other not in seen:
                    seen.add(other)
                    yield Mutation(
                        f"key:{_place(level, key)}~{label}",
                        UNKNOWN_KEY[level],
                        _add(level, **{other: LEGAL[key]}),
                        _place(level, other),
                    )


def _beside_itself() -> Iterator[Mutation]:
    """A near miss beside the documented key that it misses; the others stand where the key should."""
    optional = [*(("", key) for key in OPTIONAL_KEYS), *(("input", key) for key in OPTIONAL_INPUT_KEYS)]
    for level, key in optional:
        other = NEAR_MISSES["typo" if level else "capital"](key)
        yield Mutation(
            f"key:{_place(level, key)}-and-near-miss",
            UNKNOWN_KEY[level],
            _add(level, **{other: LEGAL[key]}),
            _place(level, other),
            beside=fixed({key: LEGAL[key]}),
        )


def _wrong_level() -> Iterator[Mutation]:
    for key in INPUT_KEYS:
        yield Mutation(f"key:{key}-at-the-top", UNKNOWN_KEY[""], _add("", **{key: LEGAL[key]}), key)
    for key in TOP_LEVEL_KEYS:
        yield Mutation(
            f"key:{key}-under-input", UNKNOWN_KEY["input"], _add("input", **{key: LEGAL[key]}), f"input.{key}"
        )


def _gone() -> Iterator[Mutation]:
    """Keys that the suite's own version of the schemas has, and the one in use has not: old clients send them on."""
    own = load_own(REQUEST)
    for level, known in (("", TOP_LEVEL_KEYS), ("input", INPUT_KEYS)):
        for key, schema in member(own, *([level] if level else ()))["properties"].items():
            if key not in known:
                place = _place(level, key)
                yield Mutation(
                    f"key:{place}-gone", UNKNOWN_KEY[level], _add(level, **{key: usual(schema)}), place
                )


def _foreign() -> Iterator[Mutation]:
    for level, keys in (("", FOREIGN_TOP), ("input", FOREIGN_NESTED)):
        for key, value in keys.items():
            if key not in (*TOP_LEVEL_KEYS, *INPUT_KEYS):
                add = _add(level, **{key: value})
                yield Mutation(f"key:{_place(level, key)}", UNKNOWN_KEY[level], add, _place(level, key))
        where = level or "top"
        for label, key in ODD_KEYS.items():
            yield Mutation(
                f"key:{where}-{label}", UNKNOWN_KEY[level], _add(level, **{key: 1}), _place(level, key)
            )
        for label, value in VALUES.items():
            place = _place(level, "unknown")
            yield Mutation(f"key:{place}={label}", UNKNOWN_KEY[level], _add(level, unknown=value), place)
        first = _add_first(level, unknown=None)
        yield Mutation(f"key:{where}-first", UNKNOWN_KEY[level], first, _place(level, "unknown"))
        several = _add(level, **{f"unknown_{index}": index for index in range(5)})
        yield Mutation(f"key:{where}-several", UNKNOWN_KEY[level], several)
        many = _add(level, **{f"unknown_{index}": None for index in range(1000)})
        yield Mutation(f"key:{where}-thousand", UNKNOWN_KEY[level], many)


def _beside_each() -> Iterator[Mutation]:
    """An unknown key beside every optional field, last and first in turn."""
    optional = [*OPTIONAL_KEYS, *OPTIONAL_INPUT_KEYS]
    for level in ("", "input"):
        for index, key in enumerate(optional):
            add = (_add, _add_first)[index % 2](level, unknown=None)
            name = f"key:{_place(level, 'unknown')}-beside-{key}"
            place = _place(level, "unknown")
            yield Mutation(name, UNKNOWN_KEY[level], add, place, beside=fixed({key: LEGAL[key]}))


def _at_limits() -> Iterator[Mutation]:
    """An unknown key beside a field at its upper limit, beside all of them, and beside a text that is not ASCII."""
    limits = {name: end for name in FIELDS if ranges(name) and (end := at_end(name, -1)) is not None}
    beside = {
        **{name: fixed({name: value}) for name, value in limits.items()},
        "all": at_ends(-1),
        "other-scripts": fixed({"prompt": MIXED} if "prompt" in FIELDS else {}),
    }
    for level in ("", "input"):
        for index, (name, members) in enumerate(beside.items()):
            add = (_add, _add_first)[index % 2](level, unknown=None)
            place = _place(level, "unknown")
            yield Mutation(f"key:{place}-at-limit-{name}", UNKNOWN_KEY[level], add, place, beside=members)


def _with_everything() -> Iterator[Mutation]:
    """Unknown keys together with every optional field, for image and for video models alike."""
    cases = [("", "unknown"), *(("", NEAR_MISSES["capital"](key)) for key in OPTIONAL_KEYS)]
    cases += [("", key) for key in (INPUT_KEYS[0], INPUT_KEYS[-1])]
    cases += [("input", "unknown"), *(("input", NEAR_MISSES["typo"](key)) for key in OPTIONAL_INPUT_KEYS)]
    cases += [("input", key) for key in OPTIONAL_KEYS]
    for level, key in cases:
        for label, add in (("last", _add), ("first", _add_first)):
            name = f"key:{_place(level, key)}-{label}-with-everything"
            extra = add(level, **{key: LEGAL.get(key, None)})
            yield Mutation(name, UNKNOWN_KEY[level], extra, _place(level, key), beside=everything)


KEY_MUTATIONS: Final = (
    *_near_misses(),
    *_beside_itself(),
    *_wrong_level(),
    *_gone(),
    *_foreign(),
    *_beside_each(),
    *_at_limits(),
    *_with_everything(),
)
