"""An OpenAPI 3.1 document: the schemas of one resource, each made a document of its own.

The resource is found by its path, whatever stands before it; references between OpenAPI objects are followed,
those between schemas become local ones. No file is read and nothing is judged here; what the document does not
say, or says in a way that is not read, is one line that names the place.
"""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from generations_contract.api.openapi_bundle import Bundle, is_dialect
from generations_contract.api.pointers import Path, at, path_of, pointer_of
from generations_contract.api.schema_names import ERROR, MEDIA, REQUEST, RESPONSE, Schema
from generations_contract.api.usage import UsageError

_COLLECTION: Final = "/generations"
_LONGEST_CHAIN: Final = 20
_SUCCESS: Final = re.compile(r"2(\d\d|XX)", re.IGNORECASE)
_REFUSAL: Final = re.compile(r"[45](\d\d|XX)|default", re.IGNORECASE)


class OpenApi:
    """A parsed document; `name` stands in messages. Raises `UsageError` for one that is no OpenAPI 3.1."""

    def __init__(self, name: str, document: Any) -> None:
        self.name = name
        if not isinstance(document, dict) or not document.keys() & {"openapi", "swagger"}:
            raise self._wrong("is no OpenAPI document: it has no member openapi")
        version = str(document.get("openapi") or f"2.0 (Swagger {document.get('swagger')})")
        if not re.match(r"3\.1(\.|$)", version):
            raise self._wrong(f"OpenAPI {version} is not read; convert it to 3.1")
        if "jsonSchemaDialect" in document and not is_dialect(document["jsonSchemaDialect"]):
            raise self._wrong("jsonSchemaDialect is not 2020-12; write the schemas in that dialect")
        self.document = document
        self.bundle = Bundle(name, document)

    def schemas(self) -> dict[str, Schema]:
        """The four schemas by name, without `$schema` and `$id`; raises `UsageError`."""
        posting, fetching = self._operations()
        bundle = self.bundle
        answers = [*self._answers(posting, _SUCCESS), *self._answers(fetching, _SUCCESS)]
        errors = [*self._answers(posting, _REFUSAL), *self._answers(fetching, _REFUSAL)]
        if not answers:
            raise self._wrong(f"{pointer_of(posting)} has no 2xx answer with a schema of JSON")
        if not errors:
            raise self._wrong(
                f"{pointer_of(posting)} has no answer of 4xx, 5xx or default with a schema of JSON"
            )
        response = self._one(answers)
        media = bundle.member(response, "output", "media")
        items = media and bundle.within(media, "items")
        if items is None:
            raise self._wrong(f"{pointer_of(response)} describes no items of output.media")
        return {
            REQUEST: bundle.whole(self._body(posting)),
            RESPONSE: bundle.whole(response),
            MEDIA: bundle.whole(items),
            ERROR: bundle.either(errors),
        }

    # -- operations -----------------------------------------------------------------------------------------

    def _operations(self) -> tuple[Path, Path]:
        """Where POST and GET of the resource are described."""
        paths = self.document.get("paths")
        if not isinstance(paths, dict):
            raise self._wrong("has no paths")
        found = [each for each in paths if str(each).rstrip("/").endswith(_COLLECTION)]
        found = [each for each in found if self._operation(each, "post")]
        best = min(map(_distance, found), default=0)
        nearest = [each for each in found if _distance(each) == best]
        if not nearest:
            raise self._wrong("describes no POST /v1/generations")
        if len(nearest) > 1:
            raise self._wrong(f"describes {' and '.join(nearest)}: keep the one that is meant")
        posting = self._operation(nearest[0], "post")
        ids = re.compile(re.escape(nearest[0].rstrip("/")) + r"/\{[^{}/]+\}/?")
        for each in filter(ids.fullmatch, paths):
            fetching = self._operation(each, "get")
            if posting and fetching:
                return posting, fetching
        raise self._wrong(f"describes no GET {nearest[0].rstrip('/')}/{{id}}")

    def _operation(self, address: str, method: str) -> Path | None:
        path, item = self._followed(("paths", address))
        return (*path, method) if isinstance(item, dict) and isinstance(item.get(method), dict) else None

    def _body(self, operation: Path) -> Path:
        path, body = self._followed((*operation, "requestBody"), optional=True)
        schema = self._of_json(path, body)
        if schema is None:
            raise self._wrong(f"{pointer_of(operation)} has no requestBody with a schema of application/json")
        return schema

    def _answers(self, operation: Path, statuses: re.Pattern[str]) -> Iterator[Path]:
        path, answers = self._followed((*operation, "responses"), optional=True)
        for status in answers if isinstance(answers, dict) else ():
            if statuses.fullmatch(str(status)):
                schema = self._of_json(*self._followed((*path, status)))
                if schema is not None:
                    yield schema

    def _of_json(self, path: Path, body: Any) -> Path | None:
        """Where the schema of a body's JSON is; `application/json` before `application/problem+json`."""
        content = body.get("content") if isinstance(body, dict) else None
        if not isinstance(content, dict):
            return None
        for media in sorted(filter(_is_json, content), key=_preference):
            if isinstance(content[media], dict) and "schema" in content[media]:
                return (*path, "content", media, "schema")
        return None

    def _one(self, places: list[Path]) -> Path:
        """The one schema of all answers: POST and GET return the same resource."""
        first, *others = (self.bundle.end(each) for each in places)
        for other in others:
            if other != first and at(self.document, other) != at(self.document, first):
                raise self._wrong(
                    f"{pointer_of(first)} and {pointer_of(other)} differ, but POST and GET answer alike: "
                    "let every 2xx answer refer to one schema"
                )
        return first

    def _followed(self, path: Path, *, optional: bool = False) -> tuple[Path, Any]:
        """Where a path ends once the references of OpenAPI objects (not of schemas) are followed."""
        here = path
        for _ in range(_LONGEST_CHAIN):
            try:
                value = at(self.document, here)
            except (LookupError, TypeError, ValueError):
                if optional and here == path:
                    return path, None
                raise self._wrong(f"{pointer_of(path)}: its $ref leads to no {pointer_of(here)}") from None
            reference = value.get("$ref") if isinstance(value, dict) else None
            if reference is None:
                return here, value
            if not str(reference).startswith("#/"):
                raise self._wrong(
                    f"{pointer_of(here)}: $ref {reference!r} leads to another file: bundle them into one"
                )
            here = path_of(unquote(reference[1:]))
        raise self._wrong(f"{pointer_of(path)}: its $ref goes in circles")

    def _wrong(self, what: str) -> UsageError:
        return UsageError(f"{self.name}: {what}")


def _distance(address: str) -> int:
    """How far a path is from `/v1/generations`; a server may have taken the version out of it."""
    bare = address.rstrip("/")
    near = (f"/v1{_COLLECTION}", None, _COLLECTION)
    if bare in near:
        return near.index(bare)
    return 1 if bare.endswith(f"/v1{_COLLECTION}") else 3


_JSON: Final = ("application/json", "application/problem+json")


def _bare(media: str) -> str:
    """A media type without its parameters (`; charset=utf-8`)."""
    return media.partition(";")[0].strip().lower()


def _is_json(media: str) -> bool:
    return _bare(media).endswith("+json") or _bare(media) in (*_JSON, "application/*", "*/*")


def _preference(media: str) -> int:
    return _JSON.index(_bare(media)) if _bare(media) in _JSON else len(_JSON)
