"""Bodies that are not one JSON object, whole and strict.

Left out, because a gateway may well take them: a byte order mark, UTF-16, an escaped lone surrogate, and
duplicate keys (`open_questions`).
"""

from collections.abc import Callable, Iterator
from typing import Final

from generations_contract.oracle.annotations import Break
from generations_contract.strategies.base import Base, Request, encode, literal
from generations_contract.strategies.mutations.mutation import Change, Mutation, sets

BROKEN: Final = Break("request.malformed-body")

FIXED: Final = {
    "empty": b"",
    "space": b" ",
    "newline": b"\r\n",
    "null": b"null",
    "true": b"true",
    "number": b"5",
    "text": b'"A beautiful sunset over mountains"',
    "array": b"[]",
    "brackets": b"[" * 10_000,
    "nested-arrays": b"[" * 10_000 + b"]" * 10_000,
    "html": b"<!doctype html><title>A beautiful sunset</title>",
    "form": b"model=flux-1.1-pro&input[prompt]=A+beautiful+sunset",
    "yaml": b"model: flux-1.1-pro\ninput:\n  prompt: A beautiful sunset\n",
}

# From the valid body to a body that is none.
ALTERED: Final[dict[str, Callable[[bytes], bytes]]] = {
    "cut-after-brace": lambda body: body[:1],
    "cut-in-key": lambda body: body[:4],
    "cut-in-prompt": lambda body: body[: body.index(b'"prompt"') + 14],
    "cut-half": lambda body: body[: len(body) // 2],
    "cut-inner-brace": lambda body: body[:-2],
    "cut-last-brace": lambda body: body[:-1],
    "no-first-brace": lambda body: body[1:],
    "text-after": lambda body: body + b" and more",
    "brace-after": lambda body: body + b"}",
    "comma-after": lambda body: body + b",",
    "nul-after": lambda body: body + b"\0",
    "text-before": lambda body: b"json=" + body,
    "twice": lambda body: body + body,
    "two-lines": lambda body: body + b"\n" + body,
    "array-around": lambda body: b"[" + body + b"]",
    "array-of-two": lambda body: b"[" + body + b"," + body + b"]",
    "text-around": lambda body: b'"' + body.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"',
    "trailing-comma": lambda body: body[:-1] + b",}",
    "trailing-comma-inside": lambda body: body[:-2] + b",}}",
    "leading-comma": lambda body: b"{," + body[1:],
    "double-comma": lambda body: body.replace(b", ", b",, ", 1),
    "no-comma": lambda body: body.replace(b", ", b" ", 1),
    "no-colon": lambda body: body.replace(b": ", b" ", 1),
    "equals-sign": lambda body: body.replace(b": ", b"= ", 1),
    "single-quotes": lambda body: body.replace(b'"', b"'"),
    "no-quotes": lambda body: body.replace(b'"model"', b"model", 1),
    "curly-quotes": lambda body: body.replace(b'"model"', "\u201cmodel\u201d".encode(), 1),
    "line-comment": lambda body: body[:-1] + b"// and so on\n}",
    "block-comment": lambda body: b"/* a request */" + body,
    "hash-comment": lambda body: body + b"\n# done",
    "raw-newline": lambda body: _in_prompt(body, b"\n"),
    "raw-tab": lambda body: _in_prompt(body, b"\t"),
    "raw-nul": lambda body: _in_prompt(body, b"\0"),
    "bad-escape": lambda body: _in_prompt(body, b"\\x41"),
    "half-escape": lambda body: _in_prompt(body, b"\\u00"),
    "invalid-utf-8": lambda body: _in_prompt(body, b"\xff"),
    "latin-1": lambda body: _in_prompt(body, b"caf\xe9 "),
    "cut-utf-8": lambda body: _in_prompt(body, b"\xe2\x82"),
    "overlong-utf-8": lambda body: _in_prompt(body, b"\xc0\xaf"),
    "encoded-surrogate": lambda body: _in_prompt(body, b"\xed\xa0\x80"),
}

# What no JSON number is written as; in a place where a number may stand.
NOT_NUMBERS: Final = {
    "nan": "NaN",
    "infinity": "Infinity",
    "minus-infinity": "-Infinity",
    "leading-zero": "05",
    "plus-sign": "+5",
    "no-integer-part": ".5",
    "no-fraction": "5.",
    "hexadecimal": "0x05",
    "underscore": "1_0",
    "undefined": "undefined",
    "none": "None",
    "capital-true": "True",
}


def _in_prompt(body: bytes, inserted: bytes) -> bytes:
    """Insert bytes at the beginning of the prompt's text."""
    before, key, after = body.partition(b'"prompt": "')
    return before + key + inserted + after


def _always(body: bytes) -> Change:
    return lambda _request, _base: body


def _altered(alter: Callable[[bytes], bytes]) -> Change:
    def broken(request: Request, _base: Base) -> bytes:
        return alter(encode(request))

    return broken


def _catalogue() -> Iterator[Mutation]:
    for label, body in FIXED.items():
        yield Mutation(f"body:{label}", BROKEN, _always(body), alone=True)
    for label, alter in ALTERED.items():
        yield Mutation(f"body:{label}", BROKEN, _altered(alter), alone=True)
    for label, text in NOT_NUMBERS.items():
        yield Mutation(f"body:wait-{label}", BROKEN, sets("wait", literal(text)), alone=True)
        yield Mutation(f"body:seed-{label}", BROKEN, sets("seed", literal(text)), alone=True)


BODY_MUTATIONS: Final = tuple(_catalogue())
