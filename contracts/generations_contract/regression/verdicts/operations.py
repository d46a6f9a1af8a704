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
from generations_contract.regression.verdicts.change import BREAKING, POLICY, Change
from generations_contract.regression.verdicts.security import refused_credentials, same_credentials
from generations_contract.regression.versions.document import METHODS, OPENAPI, Contract

_NOTES: Final = ("description", "example", "examples")
REASON: Final = "no document shows it: a person decides"
_WORDS: Final = (
    ("description", "operation-description-changed"),
    ("deprecated", "operation-deprecation-changed"),
    ("x-sunset", "operation-sunset-changed"),
)


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
        yield from self.security(was, now)
        yield from self.parameters()
        yield from self.request_body("requestBody" in was, "requestBody" in now)
        before, after = was.get("responses", {}), now.get("responses", {})
        for status in (one for one in before if one in after):
            yield from self.answer(status)
        yield from self.statuses(list(before), list(after))

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
        for status in gone:
            place, told = (*self.path, "responses", status), f"{self.about} {status}"
            kind = "range" if str(status)[:1] in ranges else _kind(status)
            if kind == "refusal" and refusals:
                yield change("response-status-changed", place, status, ", ".join(refusals), told)
            else:
                name = "response-success-status" if kind == "success" else "response-status"
                yield _moved(name, place, told, came=False)
        for status in come:
            place, told = (*self.path, "responses", status), f"{self.about} {status}"
            yield _moved("response-status", place, told, came=True)

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
                name = "parameter-required-changed" if now else "parameter-became-optional"
                found = change(name, place, was, now, told)
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
            name = "request-body-required-changed" if now else "request-body-became-optional"
            found = change(name, (*place, "required"), was, now, self.about)
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
                    way = _way(before[name], after[name]) if key == "headers" else "changed"
                    yield change(f"{kind}-{way}", place, before[name], after[name], told)
        was, now = (answer.get("x-error-code", ABSENT) for answer in answers)
        if was != now:
            way = "added" if was is ABSENT else "removed" if now is ABSENT else "status-changed"
            yield change(f"error-code-{way}", (*path, "x-error-code"), was, now, about)

    def _held(self, side: int, status: str, key: str) -> dict[str, Json]:
        """The headers or links of an answer by name, references followed."""
        version = self.versions[side]
        document = version.files[OPENAPI]
        path, answer = version.followed(document, (*self.path, "responses", status))
        return {name: version.followed(document, (*path, key, name))[1] for name in answer.get(key, {})}


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
    before, after = was.get("content", {}), now.get("content", {})
    yield from (
        (media, media in after)
        for media in dict.fromkeys([*before, *after])
        if (media in before) is not (media in after)
    )
