"""The ways in which a key is shown: one table, and how each is written for a gateway, a shell and Python.

Clauses judge by the kind, the client sends the value, curl lines and snippets print the two expressions. It
lies this low because exchanges are named and judged by it, and they lie below everything that sends. No key
stands here, and nothing is sent from here.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["documented", "missing", "invalid", "wrong scheme"]


@dataclass(frozen=True)
class Credential:
    """One way to show a key.

    `value`: the value of `Authorization` for a key, `None` for no header. `shell`: the same between double
    quotes of a POSIX shell, `python`: as an expression; in both KEY stands for the variable with the key.
    """

    name: str
    kind: Kind
    value: Callable[[str], str | None] = field(repr=False)
    shell: str
    python: str


BEARER: Final = "bearer"
# The intent of an exchange in whose URL the key stood: what is redacted no longer tells.
KEY_IN_URL: Final = "key in URL"
_UNKNOWN: Final = "Bearer ze_0000000000000000000000000000unknown"
_ROWS: Final = (
    Credential(BEARER, "documented", lambda key: f"Bearer {key}", "Bearer $KEY", 'f"Bearer {KEY}"'),
    Credential("missing", "missing", lambda _: None, "", "None"),
    Credential("unknown", "invalid", lambda _: _UNKNOWN, _UNKNOWN, f'"{_UNKNOWN}"'),
    # Without a space behind it, which no client may send (RFC 9110, 5.5) and httpx refuses to.
    Credential("empty", "invalid", lambda _: "Bearer", "Bearer", '"Bearer"'),
    Credential(
        "prefix", "invalid", lambda key: f"Bearer {key[:-1]}", "Bearer ${KEY%?}", 'f"Bearer {KEY[:-1]}"'
    ),
    Credential(
        "half", "invalid", lambda key: f"Bearer {key[: len(key) // 2]}",
        'Bearer $(printf %s "$KEY" | head -c $((${#KEY} / 2)))', 'f"Bearer {KEY[: len(KEY) // 2]}"',
    ),
    Credential("extension", "invalid", lambda key: f"Bearer {key}0", "Bearer ${KEY}0", 'f"Bearer {KEY}0"'),
    Credential(
        "case", "invalid", lambda key: f"Bearer {key.swapcase()}",
        'Bearer $(printf %s "$KEY" | tr a-zA-Z A-Za-z)', 'f"Bearer {KEY.swapcase()}"',
    ),
    Credential(
        "basic", "wrong scheme", lambda key: f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}",
        # `base64` breaks long lines.
        "Basic $(printf %s \"$KEY:\" | base64 | tr -d '\\n')",
        '"Basic " + __import__("base64").b64encode(f"{KEY}:".encode()).decode()',
    ),
    Credential("token", "wrong scheme", lambda key: f"Token {key}", "Token $KEY", 'f"Token {KEY}"'),
    Credential("bare", "wrong scheme", lambda key: key, "$KEY", "KEY"),
)  # fmt: skip
CREDENTIALS: Final = {each.name: each for each in _ROWS}

_SHELL_FORM: Final = re.compile(
    "|".join(re.escape(each.shell).replace("KEY", r"\w+") for each in _ROWS if each.shell), re.ASCII
)


def _of_kind(kind: Kind) -> frozenset[str]:
    return frozenset(each.name for each in _ROWS if each.kind == kind)


MISSING_KEY: Final = _of_kind("missing")
INVALID_KEYS: Final = _of_kind("invalid")
WRONG_SCHEMES: Final = _of_kind("wrong scheme")


def in_shell(name: str, variable: str) -> str:
    """What stands in a recording where the key was: how a shell makes the header of the variable."""
    return CREDENTIALS[name].shell.replace("KEY", variable)


def in_python(name: str, key: str = "KEY") -> str:
    """The header as a Python expression, `key` being the expression that gives the key."""
    return CREDENTIALS[name].python.replace("KEY", key)


def is_in_shell(value: str) -> bool:
    """Whether a recorded header is one of the table's shell forms: nothing else is for a shell to evaluate."""
    return _SHELL_FORM.fullmatch(value) is not None
