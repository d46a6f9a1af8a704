"""Changes of operations: what can be called, with what, and which answers come with which headers.

Bodies are schemas, and `comparison` judges those; here is everything around them. A difference is of level
"policy", and its rule says how bad that is; but where requests that were answered no longer can be, it is
breaking, and such a request is the witness.
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
from generations_contract.regression.verdicts.security import refused_credentials, same_credentials
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.places import Operation, keyed, media, status
from generations_contract.regression.versions.units import OPENAPI

_NOTES: Final = ("description", "example", "examples")
REASON: Final = "no document shows it: a person decides"
_DESCRIBED: Final = "operation-description-changed"


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
            told = _Operation((old, new), (was, now)).changes()
            yield from map(_called_back, told) if now.is_called_back else told
        elif one := was or now:
            kind = "webhook" if one.is_called_back else "operation"
            found = _moved(kind, one.path, one.about, came=was is None)
            is_refused = was and not one.is_called_back
            yield _Operation((old, new), (one, one)).breaking(found) if is_refused else found


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

    def breaking(self, found: Change, **lacking: Json) -> Change:
        """The change, with a request that the old version answers and the new one does not."""
        if self.sides[0].is_called_back:
            return found  # it is the server who calls
        request = {"method": self.sides[0].method.upper(), "path": self.sides[0].address, **lacking}
        return replace(found, level=BREAKING, reason="witness", breaks={SENDERS: request})

    def changes(self) -> Iterator[Change]:
        """What has changed around the bodies."""
        was, now = self.at()
        before, after = (one.get("description", ABSENT) for one in (was, now))
        if before != after:
            yield change(_DESCRIBED, (*self.path, "description"), before, after, self.about)
        yield from self.security(was, now)
        yield from self.parameters()
        yield from self.request_body("requestBody" in was, "requestBody" in now)
        before, after = was.get("responses", {}), now.get("responses", {})
        names = [keyed((one for one in side if not one.startswith("x-")), status) for side in (before, after)]
        for meant in (one for one in names[0] if one in names[1]):
            yield from self.answer(names[0][meant], names[1][meant])
        yield from self.statuses(list(names[0]), list(names[1]))

    def security(self, was: Json, now: Json) -> Iterator[Change]:
        """Which credentials are enough; what an operation takes over from the document is told of that, once."""
        if "security" not in was and "security" not in now:
            return
        old, new = (one.files[OPENAPI] for one in self.versions)
        before, after = (one.get("security", ABSENT) for one in (was, now))
        needed = [
            whole.get("security", []) if own is ABSENT else own
            for whole, own in ((old, before), (new, after))
        ]
        refused = refused_credentials(old, new, *needed)
        place = (*self.path, "security")
        if refused is not None:
            found = change("security-required", place, before, after, self.about)
            yield self.breaking(found, credentials=refused)
        elif not same_credentials(old, new, *needed):
            yield change("operation-security-changed", place, before, after, self.about)

    def statuses(self, before: list[str], after: list[str]) -> Iterator[Change]:
        """Statuses that came or went; where a refusal went while another came, callers meet that one instead."""
        gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
        refusals = [one for one in come if _kind(one) == "refusal"]
        ranges = {str(one)[:1] for one in after if _kind(one) == "range"}
        for one in gone:
            place, told = (*self.path, "responses", one), f"{self.about} {one}"
            kind = "range" if str(one)[:1] in ranges else _kind(one)
            if kind == "refusal" and refusals:
                yield change("response-status-changed", place, one, ", ".join(refusals), told)
            else:
                name = "response-success-status" if kind == "success" else "response-status"
                yield _moved(name, place, told, came=False)
        for one in come:
            place, told = (*self.path, "responses", one), f"{self.about} {one}"
            yield _moved("response-status", place, told, came=True)

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
                kind = "parameter-required-changed" if now else "parameter-became-optional"
                found = change(kind, place, was, now, told)
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
            name = "request-body-required-changed" if now else "request-body-became-optional"
            found = change(name, (*place, "required"), was, now, self.about)
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
                    way = _way(was, now) if key == "headers" else "changed"
                    yield change(f"{kind}-{way}", place, was, now, told)
        was, now = (answer.get("x-error-code", ABSENT) for answer in answers)
        if was != now:
            way = "added" if was is ABSENT else "removed" if now is ABSENT else "status-changed"
            yield change(f"error-code-{way}", (*path, "x-error-code"), was, now, about)

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


def _called_back(found: Change) -> Change:
    """The change of what the server calls: there it is the other side that asks, and rules for callers do not hold."""
    return replace(found, id="webhook-changed") if found.level == POLICY and found.id != _DESCRIBED else found


def _covers(wider: str, narrow: str) -> bool:
    """Whether a range of media types (`*/*`, `application/*`) has this one in it."""
    return wider == "*/*" or (wider.endswith("/*") and narrow.startswith(wider[:-1]))


def _kind(status: object) -> str:
    """Of which kind a documented status is: `4XX` is a range, and documents every one of them."""
    text = str(status)
    if not text.isdecimal():
        return "range"
    return {"2": "success", "4": "refusal", "5": "refusal"}.get(text[:1], "other")


def _way(was: Json, now: Json) -> str:
    """What became of a header: words changed, it need not be there any more, or something else."""
    if not (isinstance(was, dict) and isinstance(now, dict)):
        return "changed"
    told, tells = ({key: value for key, value in one.items() if key not in _NOTES} for one in (was, now))
    if freeze(told) == freeze(tells):
        return "description-changed"
    return "became-optional" if was.get("required") and not now.get("required") else "changed"


def _media(was: Json, now: Json) -> Iterator[tuple[str, bool]]:
    """The media types that came or went."""
    before, after = (keyed(side.get("content") or {}, media) for side in (was, now))
    yield from (
        (meant, meant in after)
        for meant in dict.fromkeys([*before, *after])
        if (meant in before) is not (meant in after)
    )
