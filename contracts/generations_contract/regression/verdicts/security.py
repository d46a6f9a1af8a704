"""Which credentials an API asks for: whether those that were enough still are, and how each is sent.

`security` lists alternatives, each of which names schemes that go together, with scopes; an empty alternative, or
an empty list, asks for nothing. A scheme that only has another name is the same scheme.
"""

from collections.abc import Iterator
from typing import Any, Final

from generations_contract.containment.values import Json, freeze
from generations_contract.regression.edits.edits import ABSENT

# What of a scheme is not part of what a caller sends.
_WORDS: Final = ("description", "bearerFormat", "flows", "openIdConnectUrl", "deprecated")
Alternative = dict[str, frozenset[str]]


def refused_credentials(old: Json, new: Json, was: list[Json], now: list[Json]) -> list[str] | None:
    """The credentials that were enough and are no longer, as names of schemes; nothing where none is refused."""
    known = _renamed(old, new)
    before = [{known.get(name, name): scopes for name, scopes in one.items()} for one in _alternatives(was)]
    after = _alternatives(now)
    return next((sorted(one) for one in before if not any(_is_enough(one, each) for each in after)), None)


def same_credentials(old: Json, new: Json, was: list[Json], now: list[Json]) -> bool:
    """Whether the same credentials are enough, in whatever order and under whatever names."""
    return refused_credentials(old, new, was, now) is None and refused_credentials(new, old, now, was) is None


def _alternatives(requirements: list[Json]) -> list[Alternative]:
    return [{n: frozenset(scopes or ()) for n, scopes in one.items()} for one in requirements] or [{}]


def _is_enough(held: Alternative, asked: Alternative) -> bool:
    return all(name in held and scopes <= held[name] for name, scopes in asked.items())


def _schemes(document: Json) -> dict[str, Any]:
    found: dict[str, Any] = document.get("components", {}).get("securitySchemes") or {}
    return found


def _sent(scheme: Json) -> Any:
    """What a caller must send, comparable."""
    told = {key: value for key, value in scheme.items() if key not in _WORDS and not key.startswith("x-")}
    for key in ("scheme", "name"):  # names of HTTP schemes and of headers have no case
        if isinstance(told.get(key), str) and told.get("in") in (None, "header"):
            told[key] = told[key].lower()
    return freeze(told)


def _renamed(old: Json, new: Json) -> dict[str, str]:
    """The schemes that went, with the one of those that came which asks for the same."""
    before, after = _schemes(old), _schemes(new)
    come = {_sent(scheme): name for name, scheme in after.items() if name not in before}
    pairs = ((name, come.get(_sent(scheme))) for name, scheme in before.items() if name not in after)
    return {name: other for name, other in pairs if other is not None}


def scheme_changes(old: Json, new: Json) -> Iterator[tuple[str, str, Json, Json]]:
    """Each scheme that differs: its name, in which way, and what stood and stands there."""
    before, after = _schemes(old), _schemes(new)
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name, ABSENT), after.get(name, ABSENT)
        if was is ABSENT or now is ABSENT:
            yield name, "added" if was is ABSENT else "removed", was, now
        elif _sent(was) != _sent(now):
            yield name, "changed", was, now
        elif freeze(was) != freeze(now):
            yield name, "description-changed", was, now
