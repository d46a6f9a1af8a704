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
from generations_contract.regression.verdicts.change import BREAKING, POLICY, UNDECIDED, Change
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.places import Operation, keyed, media, status
from generations_contract.regression.versions.units import OPENAPI

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
    before, after = ({one.key: one for one in version.operations()} for version in (old, new))
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key), after.get(key)
        if was and now:
            yield from _Operation((old, new), (was, now)).changes()
        elif one := was or now:
            operation = _Operation((old, new), (one, one))
            kind = "webhook" if one.is_called_back else "operation"
            found = _moved(kind, one.path, one.about, came=was is None)
            yield operation.gone(found) if was else found


@dataclass
class _Operation:
    """One operation in both versions."""

    versions: tuple[Contract, Contract]
    sides: tuple[Operation, Operation]

    @property
    def path(self) -> Path:
        """Where it stands in the new version."""
        return self.sides[1].path

    @property
    def about(self) -> str:
        """`GET /v1/generations/{id}`."""
        return self.sides[1].about

    def at(self, *path: str | int) -> list[Any]:
        """What stands under the operation in both versions, references followed."""
        return [self.place(side, *path)[1] for side in range(2)]

    def place(self, side: int, *path: str | int) -> tuple[Path, Any]:
        """The same in one version, with the place where it ends."""
        version = self.versions[side]
        return version.follow((*version.follow(self.sides[side].path)[0], *path))

    def gone(self, found: Change) -> Change:
        """The change, breaking: callers of an operation that is gone, or who wait for a call that comes no more."""
        if self.sides[0].is_called_back:
            return replace(found, level=BREAKING, reason="what the server called, it calls no longer")
        return self.breaking(found)

    def breaking(self, found: Change, **lacking: Json) -> Change:
        """The change, with a request that the old version answers and the new one does not."""
        if self.sides[0].is_called_back:
            return found  # it is the server who calls
        request = {"method": self.sides[0].method.upper(), "path": self.sides[0].address, **lacking}
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
        names = [keyed((one for one in side if not one.startswith("x-")), status) for side in (before, after)]
        for meant in dict.fromkeys([*names[0], *names[1]]):
            if meant in names[0] and meant in names[1]:
                yield from self.answer(names[0][meant], names[1][meant])
            else:
                place, told = (*self.path, "responses", meant), f"{self.about} {meant}"
                yield _moved("response-status", place, told, came=meant in names[1])

    def parameters(self) -> Iterator[Change]:
        """Which parameters there are, and which are needed."""
        before, after = (
            {key: found[1] for key, found in side.parameters(version.follow).items()}
            for side, version in zip(self.sides, self.versions, strict=True)
        )
        place = (*self.path, "parameters")
        for key in dict.fromkeys([*before, *after]):
            name = (after if key in after else before)[key].get("name")
            told = f"{self.about} {key[0]} parameter {name}"
            was, now = (bool(side.get(key, {}).get("required")) for side in (before, after))
            if key not in before or key not in after:
                kind = "required-parameter" if now and key in after else "parameter"
                found = _moved(kind, place, told, came=key in after)
            elif was != now:
                found = change("parameter-required-changed", place, was, now, told)
            else:
                continue
            yield self.breaking(found, without=name) if now and not was else found

    def request_body(self, was_there: bool, is_there: bool) -> Iterator[Change]:  # noqa: FBT001 - two of a kind
        """Whether a body is sent, must be sent, and in which media types it may be."""
        place = (*self.path, "requestBody")
        bodies = [
            self.place(side, "requestBody")[1] if there else {}
            for side, there in enumerate((was_there, is_there))
        ]
        was, now = (bool(body.get("required")) for body in bodies)
        if was != now and is_there:
            found = change("request-body-required-changed", (*place, "required"), was, now, self.about)
            yield self.breaking(found, body="none") if now else found
        for meant, came in _media(*bodies):
            wider = (
                [] if came else [one for one in bodies[1].get("content") or {} if _covers(media(one), meant)]
            )
            if wider:
                yield self.generalised(meant, wider[0])
                continue
            found = _moved(
                "request-media-type", (*place, "content", meant), f"{self.about} {meant}", came=came
            )
            yield found if came else self.breaking(found, media_type=meant)

    def generalised(self, media_type: str, wider: str) -> Change:
        """A media type that is still accepted, as one of a range: what the range says is not compared with it."""
        place, about = (*self.path, "requestBody", "content", wider), f"{self.about} {media_type}"
        found = change("not-compared", place, media_type, wider, f"not compared: {about}")
        spelled = keyed(self.place(0, "requestBody")[1].get("content") or {}, media)[media_type]
        schemas = [
            self.place(side, "requestBody", "content", one)[1].get("schema")
            for side, one in enumerate((spelled, wider))
        ]
        if freeze(schemas[0]) == freeze(schemas[1]):
            return replace(
                found, id="request-media-type-widened", text=f"{about}: {media_type} → {wider}", exact=""
            )
        return replace(found, level=UNDECIDED, reason="the schema of the range stands in its place")

    def answer(self, *written: str) -> Iterator[Change]:
        """The headers, media types and links of one answer, and the code that goes with it."""
        status_ = written[1]
        path, about = (*self.path, "responses", status_), f"{self.about} {status_}"
        answers = [self.place(side, "responses", written[side])[1] for side in range(2)]
        for media_type, came in _media(*answers):
            yield _moved(
                "response-media-type", (*path, "content", media_type), f"{about} {media_type}", came=came
            )
        for key, kind in (("headers", "response-header"), ("links", "response-link")):
            before, after = (self._held(side, written[side], key) for side in range(2))
            for meant in dict.fromkeys([*before, *after]):
                name = (after if meant in after else before)[meant][0]
                place, told = (*path, key, name), f"{about} {name}"
                if meant not in before or meant not in after:
                    yield _moved(kind, place, told, came=meant in after)
                elif freeze(was := before[meant][1]) != freeze(now := after[meant][1]):
                    yield change(f"{kind}-changed", place, was, now, told)
        was, now = (answer.get("x-error-code", ABSENT) for answer in answers)
        if was != now:
            yield change("error-code-status-changed", (*path, "x-error-code"), was, now, about)

    def _held(self, side: int, written: str, key: str) -> dict[str, tuple[str, Json]]:
        """The links of an answer, or its headers in any case without their schemas, judged elsewhere."""
        path, answer = self.place(side, "responses", written)
        names = keyed(answer.get(key) or {}, str.lower if key == "headers" else str)
        left_out = ("schema", "content") if key == "headers" else ()
        found = {
            meant: (name, self.versions[side].follow((*path, key, name))[1]) for meant, name in names.items()
        }
        return {
            meant: (name, {word: said for word, said in value.items() if word not in left_out})
            for meant, (name, value) in found.items()
        }


def _covers(wider: str, narrow: str) -> bool:
    """Whether a range of media types (`*/*`, `application/*`) has this one in it."""
    return wider == "*/*" or (wider.endswith("/*") and narrow.startswith(wider[:-1]))


def _media(was: Json, now: Json) -> Iterator[tuple[str, bool]]:
    """The media types that came or went."""
    before, after = (keyed(side.get("content") or {}, media) for side in (was, now))
    yield from (
        (meant, meant in after)
        for meant in dict.fromkeys([*before, *after])
        if (meant in before) is not (meant in after)
    )
