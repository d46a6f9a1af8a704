"""What travels in one direction: the bodies, parameters and headers of operations, each with its schema's place.

Nothing is read or compared here. What the server calls itself goes the other way round.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from generations_contract.api.pointers import Path
from generations_contract.api.schema_names import SUFFIX
from generations_contract.regression.versions.places import Follow, Operation, keyed, media, status

Role = Literal["request", "response", "error", "parameter"]
OPENAPI: Final = "openapi.yaml"


@dataclass(frozen=True)
class Unit:
    """One thing that is sent in one direction: where its schema stands, and who sends it.

    `place` is its identity, `name` what people call it; `part`: body, parameter or header.
    """

    name: str
    role: Role
    file: str
    path: Path = ()
    place: tuple[Hashable, ...] = ()
    part: str = "body"

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What makes it the same thing in two versions."""
        return self.place or (self.name,)

    @property
    def is_sent(self) -> bool:
        """Whether clients send it; otherwise they read it."""
        return self.role in ("request", "parameter")


def units_of(operations: list[Operation], follow: Follow) -> Iterator[Unit]:
    """Every parameter, body and header of these operations that has a schema."""
    for one in operations:
        yield from _Units(one, follow).all()


@dataclass
class _Units:
    """The units of one operation."""

    one: Operation
    follow: Follow

    def all(self) -> Iterator[Unit]:
        """Parameters first, then what is sent, then the answers."""
        operation = self.follow(self.one.path)
        yield from self.parameters()
        if "requestBody" in operation[1]:
            place = (*operation[0], "requestBody")
            role: Role = "response" if self.one.is_called_back else "request"
            yield from self.valued(
                f"{self.one.about} request", role, place, (*self.one.key, "request"), "body"
            )
        answers = operation[1].get("responses") or {}
        for meant, written in keyed((one for one in answers if not one.startswith("x-")), status).items():
            yield from self.answer(meant, written, (*operation[0], "responses", written))

    def parameters(self) -> Iterator[Unit]:
        """What stands in the path, the query, the header lines and the cookies."""
        role: Role = "response" if self.one.is_called_back else "parameter"
        for key, (path, parameter) in self.one.parameters(self.follow).items():
            kind = "" if key[0] in ("path", "query") else f"{key[0]} "
            name = f"{self.one.about} {kind}parameter {parameter.get('name')}"
            yield from self.valued(name, role, path, (*self.one.key, "parameter", *key), "parameter")

    def answer(self, meant: str, written: str, path: Path) -> Iterator[Unit]:
        """The body of an answer in each media type, and its headers."""
        role: Role = "response" if meant.startswith("2") else "error"
        name, key, back = f"{self.one.about} {written}", (*self.one.key, meant), self.one.is_called_back
        yield from self.valued(name, "request" if back else role, path, (*key, "body"), "body")
        found, value = self.follow(path)
        for header, spelled in keyed(value.get("headers") or {}, str.lower).items():
            place = (*found, "headers", spelled)
            yield from self.valued(
                f"{name} header {spelled}",
                "request" if back else "response",
                place,
                (*key, "header", header),
                "header",
            )

    def valued(
        self, name: str, role: Role, path: Path, key: tuple[Hashable, ...], part: str
    ) -> Iterator[Unit]:
        """The schema of a parameter or a header, or those of its content or of a body's."""
        place, value = self.follow(path)
        if "schema" in value:
            yield Unit(name, role, OPENAPI, (*place, "schema"), key, part)
        content = value.get("content") or {}
        for meant, written in keyed(content, media).items():
            found, held = self.follow((*place, "content", written))
            if "schema" in held:
                title = name if "json" in meant and len(content) == 1 else f"{name} ({written})"
                yield Unit(title, role, OPENAPI, (*found, "schema"), (*key, meant), part)
            if "itemSchema" in held:
                title = f"{name} item ({written})"
                yield Unit(title, role, OPENAPI, (*found, "itemSchema"), (*key, "item", meant), part)
            for encoded, encoding in (held.get("encoding") or {}).items():
                for header in encoding.get("headers") or {}:
                    place = (*found, "encoding", encoded, "headers", header)
                    named = f"{name} {encoded} header {header}"
                    yield from self.valued(
                        named, role, place, (*key, meant, encoded, header.lower()), "header"
                    )


def plain_name(file: str) -> str:
    """The name of a schema: its file's, without what every schema file's ends with."""
    return file.removesuffix(SUFFIX).removesuffix(".json")


def role_of(file: str, roles: dict[str, Role]) -> Role:
    """Who sends a schema's documents: as told, else as its name says, else the server does."""
    name = plain_name(file)
    if name in roles:
        return roles[name]
    if "request" in name:
        return "request"
    return "error" if name.startswith("error") or name.endswith("-error") else "response"
