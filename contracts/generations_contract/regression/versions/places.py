"""The operations of an OpenAPI document, each with an identity of place that no renaming changes.

The identity is what callers address: the path with its parameters unnamed, the method, the media type without
its charset, a header in any case. Texts for people are made beside it and never compared. A webhook or a
callback is an operation that the server calls: what is sent there is read here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from generations_contract.api.pointers import Path
from generations_contract.containment.values import Json
from generations_contract.regression.versions.grammar import METHODS

Key = tuple[Hashable, ...]
Follow = Callable[[Path], tuple[Path, Json]]
_TEMPLATE: Final = re.compile(r"\{([^{}]*)\}")
# Parameters of a media type that say how it is written down, not what it is.
_SPELLING: Final = ("charset", "boundary", "q")
_LONGEST_CHAIN: Final = 4  # callbacks within callbacks


@dataclass(frozen=True)
class Operation:
    """One operation: its identity, what people call it, and the ways to its path item and to itself."""

    key: Key
    about: str
    item: Path
    path: Path
    address: str
    method: str
    is_called_back: bool = False  # by the server

    def parameters(self, follow: Follow) -> dict[Key, tuple[Path, Json]]:
        """The parameters by place and name; the operation's own win over those of its path."""
        found: dict[Key, tuple[Path, Json]] = {}
        for holder in (self.item, self.path):
            listed = follow(holder)[1].get("parameters", ())
            for index in range(len(listed)):
                path, one = follow((*follow(holder)[0], "parameters", index))
                found[self._parameter(one)] = path, one
        return found

    def _parameter(self, parameter: dict[str, Json]) -> Key:
        place, name = str(parameter.get("in")), str(parameter.get("name"))
        if place == "path":
            names = _TEMPLATE.findall(self.address)
            return place, names.index(name) if name in names else name
        return place, name.lower() if place == "header" else name


def template(address: str) -> str:
    """The path without the names of its parameters: `/v1/jobs/{}`."""
    return _TEMPLATE.sub("{}", address)


def media(written: str) -> str:
    """A media type as it is meant: lower case, without what only says how it is written down."""
    kind, *parameters = (part.strip() for part in written.split(";"))
    kept = sorted(
        f"{name.strip().lower()}={value.strip()}"
        for name, _, value in (one.partition("=") for one in parameters if one)
        if name.strip().lower() not in _SPELLING
    )
    return ";".join([kind.lower(), *kept])


def keyed(names: Any, key: Callable[[str], str]) -> dict[str, str]:
    """What each name of a map is meant as -> the name; where two mean one, the second stays as written."""
    found: dict[str, str] = {}
    for name in names:
        meant = key(str(name))
        found[str(name) if meant in found else meant] = name
    return found


def status(written: str) -> str:
    """A status, a range of them (`4XX`), or `default`."""
    return written.upper() if written[:1].isdigit() else written


def operations(document: Json, follow: Follow) -> Iterator[Operation]:
    """Every operation of the document, each once; `follow` leads on from a reference."""
    seen: set[Key] = set()
    for section, spoken in (("paths", ""), ("webhooks", "webhook ")):
        for address in document.get(section) or {}:
            if address.startswith("x-"):
                continue
            key = (section, template(address) if section == "paths" else address)
            for one in _item(key, spoken, (section, address), address, follow):
                if one.key in seen:  # two paths that differ in the names of parameters alone
                    one = replace(one, key=(*one.key, address))
                seen.add(one.key)
                yield one


def _item(key: Key, spoken: str, item: Path, address: str, follow: Follow) -> Iterator[Operation]:
    found, value = follow(item)
    others = value.get("additionalOperations") or {}
    for member, methods in (((), METHODS), (("additionalOperations",), tuple(others))):
        for method in methods:
            if method not in (others if member else value):
                continue
            about, path = f"{spoken}{method.upper()} {address}", (*found, *member, method)
            one = Operation((*key, method.upper()), about, found, path, address, method, bool(spoken))
            yield one
            yield from _called_back(one, follow)


def _called_back(one: Operation, follow: Follow) -> Iterator[Operation]:
    if one.key.count("callback") >= _LONGEST_CHAIN:
        return
    path, operation = follow(one.path)
    for name in operation.get("callbacks") or {}:
        held, callback = follow((*path, "callbacks", name))
        for expression in callback:
            if not expression.startswith("x-"):
                key = (*one.key, "callback", name, expression)
                yield from _item(
                    key, f"{one.about} callback {name} ", (*held, expression), expression, follow
                )
