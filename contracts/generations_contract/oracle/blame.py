"""Which clause an answer breaks that a schema refuses: it follows from the place and the keyword.

The annotation that is nearest to the keyword decides, on the way from it to the root of the schema; a member that
is missing is its own place. Where none says anything it is the clause of the schema as a whole.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from generations_contract.api.schema import ERROR, RESPONSE, Schema, Violation, explain, load, registry
from generations_contract.oracle.annotations import Break, breaks_of

# The clause of each schema as a whole.
WHOLE: Final[Mapping[str, Break]] = {RESPONSE: Break("response.schema"), ERROR: Break("errors.schema")}


def blamed(name: str, document: object) -> dict[str, list[tuple[Break, Violation]]]:
    """Return every reason why the schema of that name refuses a document, by the clause that it breaks.

    `name` is `RESPONSE` or `ERROR`; empty exactly where the schema accepts. Never raises for any document.
    """
    found: dict[str, list[tuple[Break, Violation]]] = {}
    for violation in explain(name, document):
        broken = _broken(name, violation.schema_pointer, violation.keyword, violation.missing)
        found.setdefault(broken.clause, []).append((broken, violation))
    return found


@cache
def _broken(name: str, schema_pointer: str, keyword: str, missing: str) -> Break:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in schema_pointer.split("/")[1:-1]]
    around = list(_places(load(name), [*steps, *(("properties", missing) if missing else ())]))
    for depth, place in reversed(around):
        named = breaks_of(place)
        # What is said of one keyword is said of this place alone; `required` is said of the member that is absent.
        here = named.get(keyword) if depth >= len(steps) + (keyword == "required") else None
        if broken := here or named.get("*"):
            return broken
    return WHOLE[name]


def _places(schema: Schema, steps: list[str]) -> Iterator[tuple[int, Schema]]:
    """The schemas on a way from the root, each with the steps gone; references are followed, and are no step."""
    resolver = registry().resolver(base_uri=schema["$id"])
    found: Any = schema
    for gone, step in enumerate((*steps, "")):
        if isinstance(found, dict):
            yield gone, found
        while isinstance(found, dict) and step not in found and "$ref" in found:
            resolved = resolver.lookup(found["$ref"])
            found, resolver = resolved.contents, resolved.resolver
            yield gone, found
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            return
