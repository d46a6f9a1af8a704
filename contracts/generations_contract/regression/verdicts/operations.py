"""Changes of operations: what can be called, with what, and which answers come with which headers.

Bodies are schemas, and `comparison` judges those; here is everything around them. A difference is of level
"policy"; but where requests that were answered no longer can be, it is breaking, and such a request is the
witness.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from generations_contract.api.pointers import Path, pointer_of
from generations_contract.containment.values import Json, freeze
from generations_contract.regression.edits.edits import ABSENT
from generations_contract.regression.edits.names import shown, whole
from generations_contract.regression.verdicts.audiences import SENDERS
from generations_contract.regression.verdicts.change import BREAKING, POLICY, Change
from generations_contract.regression.versions.document import METHODS, OPENAPI, Contract

REASON: Final = "no document shows it: a person decides"
_WORDS: Final = (("description", "operation-description-changed"), ("security", "operation-security-changed"))


def change(name: str, path: Path, was: Json, now: Json, about: str = "") -> Change:
    """A policy change: what stood at a place of the document, and what stands there now."""
    text, exact = ((f"{about}: " if about else "") + f"{show(was)} → {show(now)}" for show in (shown, whole))
    place = pointer_of(path)
    return Change(name, POLICY, OPENAPI, about, place, place, text, REASON, exact=exact)


def _moved(name: str, path: Path, about: str, *, came: bool) -> Change:
    """A policy change: something that came or went."""
    text, place = f"{about} {'added' if came else 'removed'}", pointer_of(path)
    return Change(
        f"{name}-{'added' if came else 'removed'}", POLICY, OPENAPI, about, place, place, text, REASON
    )


def operation_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Every operation: there or not, and what around its bodies has changed."""
    before, after = (one.files[OPENAPI].get("paths", {}) for one in (old, new))
    for address in dict.fromkeys([*before, *after]):
        for method in METHODS:
            sides = [paths.get(address, {}).get(method) for paths in (before, after)]
            operation = _Operation((old, new), ("paths", address, method))
            if None not in sides:
                yield from operation.changes()
            elif sides[0] is not None:
                yield operation.breaking(_moved("operation", operation.path, operation.about, came=False))
            elif sides[1] is not None:
                yield _moved("operation", operation.path, operation.about, came=True)


@dataclass
class _Operation:
    """One operation in both versions; `path` leads to it in the document."""

    versions: tuple[Contract, Contract]
    path: Path

    @property
    def about(self) -> str:
        """`GET /v1/generations/{id}`."""
        return f"{str(self.path[2]).upper()} {self.path[1]}"

    def at(self, *path: str | int) -> list[Any]:
        """What stands under the operation in both versions, references followed."""
        return [one.followed(one.files[OPENAPI], (*self.path, *path))[1] for one in self.versions]

    def breaking(self, found: Change, **lacking: Json) -> Change:
        """The change, with a request that the old version answers and the new one does not."""
        request = {"method": str(self.path[2]).upper(), "path": self.path[1], **lacking}
        return replace(found, level=BREAKING, reason="witness", breaks={SENDERS: request})

    def changes(self) -> Iterator[Change]:
        """What has changed around the bodies."""
        was, now = self.at()
        for key, name in _WORDS:
            if freeze(was.get(key)) != freeze(now.get(key)):
                place = (*self.path, key)
                yield change(name, place, was.get(key, ABSENT), now.get(key, ABSENT), self.about)
        yield from self.parameters()
        yield from self.request_body("requestBody" in was, "requestBody" in now)
        before, after = was.get("responses", {}), now.get("responses", {})
        for status in dict.fromkeys([*before, *after]):
            if status in before and status in after:
                yield from self.answer(status)
            else:
                place, told = (*self.path, "responses", status), f"{self.about} {status}"
                yield _moved("response-status", place, told, came=status in after)

    def parameters(self) -> Iterator[Change]:
        """Which parameters there are, and which are needed."""
        before, after = (self._listed(version) for version in self.versions)
        place = (*self.path, "parameters")
        for key in dict.fromkeys([*before, *after]):
            told = f"{self.about} {key[0]} parameter {key[1]}"
            was, now = (bool(side.get(key, {}).get("required")) for side in (before, after))
            if key not in before or key not in after:
                name = "required-parameter" if now and key in after else "parameter"
                found = _moved(name, place, told, came=key in after)
            elif was != now:
                found = change("parameter-required-changed", place, was, now, told)
            else:
                continue
            yield self.breaking(found, without=key[1]) if now and not was else found

    def _listed(self, version: Contract) -> dict[tuple[str, str], Json]:
        """The parameters by place and name, those of the path too; the operation's own win."""
        document, found = version.files[OPENAPI], {}
        for holder in (self.path[:2], self.path):
            value: Any = document
            for key in holder:
                value = value[key]
            for place in range(len(value.get("parameters", ()))):
                one = version.followed(document, (*holder, "parameters", place))[1]
                found[str(one.get("in")), str(one.get("name"))] = one
        return found

    def request_body(self, was_there: bool, is_there: bool) -> Iterator[Change]:  # noqa: FBT001 - two of a kind
        """Whether a body is sent, must be sent, and in which media types it may be."""
        place = (*self.path, "requestBody")
        bodies = [
            self.versions[side].followed(self.versions[side].files[OPENAPI], place)[1] if there else {}
            for side, there in enumerate((was_there, is_there))
        ]
        was, now = (bool(body.get("required")) for body in bodies)
        if was != now and is_there:
            found = change("request-body-required-changed", (*place, "required"), was, now, self.about)
            yield self.breaking(found, body="none") if now else found
        for media, came in _media(*bodies):
            found = _moved(
                "request-media-type", (*place, "content", media), f"{self.about} {media}", came=came
            )
            yield found if came else self.breaking(found, media_type=media)

    def answer(self, status: str) -> Iterator[Change]:
        """The headers, media types and links of one answer, and the code that goes with it."""
        path, about = (*self.path, "responses", status), f"{self.about} {status}"
        answers = self.at("responses", status)
        for media, came in _media(*answers):
            yield _moved("response-media-type", (*path, "content", media), f"{about} {media}", came=came)
        for key, kind in (("headers", "response-header"), ("links", "response-link")):
            before, after = (self._held(side, status, key) for side in range(2))
            for name in dict.fromkeys([*before, *after]):
                place, told = (*path, key, name), f"{about} {name}"
                if name not in before or name not in after:
                    yield _moved(kind, place, told, came=name in after)
                elif freeze(before[name]) != freeze(after[name]):
                    yield change(f"{kind}-changed", place, before[name], after[name], told)
        was, now = (answer.get("x-error-code", ABSENT) for answer in answers)
        if was != now:
            yield change("error-code-status-changed", (*path, "x-error-code"), was, now, about)

    def _held(self, side: int, status: str, key: str) -> dict[str, Json]:
        """The headers or links of an answer by name, references followed."""
        version = self.versions[side]
        document = version.files[OPENAPI]
        path, answer = version.followed(document, (*self.path, "responses", status))
        return {name: version.followed(document, (*path, key, name))[1] for name in answer.get(key, {})}


def _media(was: Json, now: Json) -> Iterator[tuple[str, bool]]:
    """The media types that came or went."""
    before, after = was.get("content", {}), now.get("content", {})
    yield from (
        (media, media in after)
        for media in dict.fromkeys([*before, *after])
        if (media in before) is not (media in after)
    )
