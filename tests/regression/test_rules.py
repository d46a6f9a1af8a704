"""Rules: literal edits of an OpenAPI document, in both directions, with the rule and level that a reviewer would give."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from generations_contract.cli import main
from generations_contract.regression.edits import names
from generations_contract.regression.verdicts.change import Change
from generations_contract.regression.verdicts.review import Review, review
from generations_contract.regression.verdicts.rules import ROLES, is_rule, rule_of, rules
from generations_contract.regression.verdicts.severities import Severities
from tests.regression.jobs_document import GONE, contract, jobs

POST, GET = "/paths/~1jobs/post", "/paths/~1jobs~1{id}/get"
NEW, JOB = "/components/schemas/NewJob", "/components/schemas/Job"
SCHEMES = "/components/securitySchemes"
ERROR = {
    "description": "Bad.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
LATER = {"name": "later", "in": "query", "schema": {"type": "string"}}
BODY = {"content": {"application/json": {"schema": {"type": "object"}}}}
DELETE = {"responses": {"204": {"description": "Gone."}}}
LIMITED = {**ERROR, "headers": {"Retry-After": {"schema": {}}}}

# Edits of the document; what is told going there, and going back: ids with the first letter of their level
# (b breaking, p policy, s safe).
Told = set[str]
ROWS: list[tuple[str, dict[str, Any], Told, Told]] = [
    # Defaults.
    ("wait waits no longer by default", {f"{GET}/parameters/1/schema/default": 0},
     {"b parameter-default-changed"}, {"b parameter-default-changed"}),
    ("wait has no default", {f"{GET}/parameters/1/schema/default": GONE},
     {"b parameter-default-removed"}, {"p parameter-default-added"}),
    ("size has another default", {f"{NEW}/properties/size/default": 2},
     {"b request-default-changed"}, {"b request-default-changed"}),
    ("size has no default", {f"{NEW}/properties/size/default": GONE},
     {"b request-default-removed"}, {"p request-default-added"}),
    ("the same default, as 1.0", {f"{NEW}/properties/size/default": 1.0}, set(), set()),
    ("a reader's default", {f"{JOB}/properties/retries/default": 3},
     {"p response-default-changed"}, {"p response-default-changed"}),
    ("a reader's default goes", {f"{JOB}/properties/retries/default": GONE},
     {"p response-default-removed"}, {"p response-default-added"}),
    ("a default that nothing refers to", {"/components/schemas/Unused/default": 2},
     {"s response-default-changed"}, {"s response-default-changed"}),
    # Statuses and codes.
    ("429 becomes 503", {f"{POST}/responses/429": GONE, f"{POST}/responses/503": LIMITED},
     {"b response-status-changed", "p response-status-added"}, {"b response-status-changed", "p response-status-added"}),
    ("201 becomes 202", {f"{POST}/responses/201": GONE, f"{POST}/responses/202": BODY | {"description": "Taken."}},
     {"b response-success-status-removed", "p response-status-added"},
     {"b response-success-status-removed", "p response-status-added"}),
    ("201 becomes 2XX", {f"{POST}/responses/201": GONE, f"{POST}/responses/2XX": BODY | {"description": "Done."}},
     {"p response-status-removed", "p response-status-added"},
     {"p response-status-removed", "p response-status-added"}),
    ("429 becomes 4XX", {f"{POST}/responses/429": GONE, f"{POST}/responses/4XX": LIMITED},
     {"p response-status-removed", "p response-status-added"}, {"p response-status-removed", "p response-status-added"}),
    ("a refusal is no longer documented", {f"{POST}/responses/429": GONE},
     {"p response-status-removed"}, {"p response-status-added"}),
    ("a refusal more", {f"{POST}/responses/402": ERROR}, {"p response-status-added"}, {"p response-status-removed"}),
    ("rate_limited is 503", {"/info/x-error-codes/rate_limited": 503},
     {"b error-code-status-changed"}, {"b error-code-status-changed"}),
    ("a code more", {"/info/x-error-codes/no_quota": 402}, {"p error-code-added"}, {"p error-code-removed"}),
    ("a code of an answer", {f"{POST}/responses/400/x-error-code": "invalid"},
     {"p error-code-added"}, {"p error-code-removed"}),
    # Headers.
    ("Retry-After goes", {f"{POST}/responses/429/headers/Retry-After": GONE},
     {"b response-header-removed"}, {"p response-header-added"}),
    ("all headers go", {f"{POST}/responses/201/headers": GONE}, {"b response-header-removed"}, {"p response-header-added"}),
    ("Retry-After need not be there", {f"{POST}/responses/201/headers/Retry-After/required": False},
     {"b response-header-became-optional"}, {"p response-header-changed"}),
    ("Retry-After is described anew", {f"{POST}/responses/201/headers/Retry-After/description": "In seconds."},
     {"p response-header-description-changed"}, {"p response-header-description-changed"}),
    # Credentials.
    ("a key is needed no longer", {"/security": GONE}, {"p security-changed"}, {"b security-required"}),
    ("an empty list asks for nothing", {"/security": []}, {"p security-changed"}, {"b security-required"}),
    ("key and login together", {"/security": [{"key": [], "login": []}]}, {"b security-required"}, {"p security-changed"}),
    ("key or login", {"/security": [{"key": []}, {"login": []}]}, {"p security-changed"}, {"b security-required"}),
    ("the operation asks for a key", {f"{POST}/security": [{"key": []}]}, set(), set()),
    ("the operation asks for nothing", {f"{POST}/security": []}, {"p operation-security-changed"}, {"b security-required"}),
    ("the operation may do without", {f"{POST}/security": [{"key": []}, {}]},
     {"p operation-security-changed"}, {"b security-required"}),
    ("login is enough no longer", {f"{GET}/security": [{"key": []}]}, {"b security-required"}, {"p operation-security-changed"}),
    ("login needs a scope more", {f"{GET}/security/1/login": ["read", "admin", "jobs"]},
     {"b security-required"}, {"p operation-security-changed"}),
    ("login needs a scope less", {f"{GET}/security/1/login": ["read"]},
     {"p operation-security-changed"}, {"b security-required"}),
    ("the other order", {f"{GET}/security": [{"login": ["admin", "read"]}, {"key": []}]}, set(), set()),
    ("an alternative that asks for more", {f"{POST}/security": [{"key": []}, {"key": [], "login": []}]}, set(), set()),
    ("the key goes into the query", {f"{SCHEMES}/key/in": "query"},
     {"b security-scheme-changed"}, {"b security-scheme-changed"}),
    ("the key's header has another name", {f"{SCHEMES}/key/name": "X-Token"},
     {"b security-scheme-changed"}, {"b security-scheme-changed"}),
    ("the key's header in other case", {f"{SCHEMES}/key/name": "x-key"},
     {"p security-scheme-description-changed"}, {"p security-scheme-description-changed"}),
    ("the key in other words", {f"{SCHEMES}/key/description": "Your key."},
     {"p security-scheme-description-changed"}, {"p security-scheme-description-changed"}),
    ("a scheme that nobody asks for", {f"{SCHEMES}/basic": {"type": "http", "scheme": "basic"}},
     {"p security-scheme-added"}, {"p security-scheme-removed"}),
    ("the scheme has another name",
     {f"{SCHEMES}/login": GONE, f"{SCHEMES}/sso": {"type": "oauth2", "flows": {}},
      f"{GET}/security/1": {"sso": ["read", "admin"]}},
     {"p security-scheme-added", "p security-scheme-removed"}, {"p security-scheme-added", "p security-scheme-removed"}),
    # Operations and what they take.
    ("an operation more", {"/paths/~1jobs~1{id}/delete": DELETE}, {"p operation-added"}, {"b operation-removed"}),
    ("a path goes", {"/paths/~1jobs~1{id}": GONE}, {"b operation-removed"}, {"p operation-added"}),
    ("an operation is deprecated", {f"{GET}/deprecated": True},
     {"p operation-deprecation-changed"}, {"p operation-deprecation-changed"}),
    ("an operation has an end", {f"{GET}/x-sunset": "2027-01-01"},
     {"p operation-sunset-changed"}, {"p operation-sunset-changed"}),
    ("an operation in other words", {f"{POST}/description": "Makes a job."},
     {"p operation-description-changed"}, {"p operation-description-changed"}),
    ("a parameter more", {f"{POST}/parameters": [LATER]}, {"p parameter-added"}, {"b parameter-removed"}),
    ("a parameter more that is needed", {f"{POST}/parameters": [LATER | {"required": True}]},
     {"b required-parameter-added"}, {"b parameter-removed"}),
    ("wait is needed", {f"{GET}/parameters/1/required": True},
     {"b parameter-required-changed"}, {"p parameter-became-optional"}),
    ("the body is needed", {f"{POST}/requestBody/required": True},
     {"b request-body-required-changed"}, {"p request-body-became-optional"}),
    ("no XML", {f"{POST}/requestBody/content/application~1xml": GONE},
     {"b request-media-type-removed"}, {"p request-media-type-added"}),
    ("no YAML", {f"{POST}/responses/201/content/application~1yaml": GONE},
     {"b response-media-type-removed"}, {"p response-media-type-added"}),
    ("no link", {f"{POST}/responses/201/links": GONE}, {"p response-link-removed"}, {"p response-link-added"}),
    ("another link", {f"{POST}/responses/201/links/job/operationId": "get"},
     {"p response-link-changed"}, {"p response-link-changed"}),
    ("another server", {"/servers/0/url": "https://jobs.example/v3"}, {"p server-changed"}, {"p server-changed"}),
    # What this kind of API says of itself.
    ("failed is no end", {"/info/x-lifecycle": {"non-terminal": ["queued", "running", "failed"], "terminal": ["done"]}},
     {"b terminal-state-reclassified", "p status-terminal-set-changed"},
     {"b terminal-state-reclassified", "p status-terminal-set-changed"}),
    ("failed is neither", {"/info/x-lifecycle/terminal": ["done"]},
     {"b terminal-state-reclassified", "p status-terminal-set-changed", "p status-not-classified"},
     {"p status-terminal-set-changed"}),
    ("the lifecycle in another order", {"/info/x-lifecycle/terminal": ["failed", "done"]}, set(), set()),
    ("a shorter cap", {"/info/x-wait/maximum-seconds": 30}, {"b wait-cap-changed"}, {"b wait-cap-changed"}),
    ("the API in other words", {"/info/description": "Slow jobs."}, {"p description-changed"}, {"p description-changed"}),
    # Bounds and values: proved.
    ("a bound falls", {f"{NEW}/properties/size/maximum": 4}, {"b request-maximum-lowered"}, {"s request-maximum-raised"}),
    ("a bound of a parameter falls", {f"{GET}/parameters/1/schema/maximum": 30},
     {"b parameter-maximum-lowered"}, {"s parameter-maximum-raised"}),
    ("a least length of an answer", {f"{JOB}/properties/id/minLength": GONE},
     {"b response-min-length-removed"}, {"s response-min-length-added"}),
    ("a value more to send", {f"{NEW}/properties/kind/enum": ["image", "video", "sound"]},
     {"s request-enum-value-added"}, {"b request-enum-value-removed"}),
    ("a member of answers may be missing", {f"{JOB}/required": ["id"]},
     {"b response-property-became-optional"}, {"s response-property-became-required"}),
    ("a member is deprecated", {f"{NEW}/properties/note/deprecated": True},
     {"p request-deprecation-changed"}, {"p request-deprecation-changed"}),
    ("a member of errors", {"/components/schemas/Problem/properties/param": {"type": "string"}},
     {"s error-property-added"}, {"b error-property-removed"}),
    ("unknown members are taken", {f"{NEW}/additionalProperties": GONE},
     {"s request-unknown-properties-allowed"}, {"b request-unknown-properties-forbidden"}),
]  # fmt: skip


def reviewed(old: dict[str, Any], new: dict[str, Any], severities: Severities | None = None) -> Review:
    """The review of two documents."""
    return review(contract(old), contract(new), formats=True, severities=severities)


def told(changes: list[Change]) -> Told:
    """Each change as the rows have it."""
    return {f"{change.level[0]} {change.id}" for change in changes}


@pytest.mark.parametrize(("edits", "there", "back"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_edit_bears_its_rule_and_level_in_both_directions(
    edits: dict[str, Any], there: Told, back: Told
) -> None:
    """What breaks people is breaking, with or without a witness; what only has to be read is policy."""
    for old, new, expected in ((jobs(), jobs(edits), there), (jobs(edits), jobs(), back)):
        found = reviewed(old, new)
        assert told(found.changes) == expected
        assert all(rule_of(change.id).name in rules() for change in found.changes)
        assert all(change.breaks for change in found.counted("breaking"))
        breaking = any(one[0] == "b" for one in expected)
        assert found.exit_code(("breaking", "undecided")) == int(breaking)
        assert (found.step == "major") >= breaking


def test_every_rule_says_who_breaks_and_how() -> None:
    """A name in kebab case, one sentence, and, where no document can show it, whom it breaks."""
    for rule in rules().values():
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", rule.name)
        assert re.fullmatch(r"[A-Z][^.]*\.", rule.reason), rule.name
        assert (rule.whom is not None) >= (rule.severity == "breaking"), rule.name


def test_every_name_that_edits_can_have_is_a_rule() -> None:
    """Whatever keyword changes in whatever way, its rule is in the catalogue."""
    keywords = {names.kebab(keyword) for keyword in KEYWORDS}
    named = {f"{keyword}-{way}" for keyword in keywords for way in ("added", "removed", "changed")}
    bounds = {
        f"{one}-{way}" for one in names.BOUNDS.values() for way in ("raised", "lowered", "added", "removed")
    }
    assert {one for one in named | bounds | set(names.WORDS.values()) if not is_rule(one)} == set()
    assert all(is_rule(f"{role}-default-changed") for role in ROLES)


KEYWORDS = (
    "const", "pattern", "format", "multipleOf", "uniqueItems", "propertyNames", "dependentRequired",
    "dependentSchemas", "dependencies", "contains", "not", "if", "then", "else", "items", "prefixItems",
    "additionalItems", "unevaluatedItems", "patternProperties", "$ref", "$dynamicRef", "$recursiveRef",
    "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "contentSchema", "discriminator", "xml",
    "nullable", "externalDocs", "definition", "schema-file", "default",
)  # fmt: skip


@pytest.mark.parametrize(
    ("pointer", "values"),
    [
        (
            "/info/x-lifecycle",
            ["stable", ["beta", "stable"], {"terminal": "done"}, {"terminal": [1, None]}, None],
        ),
        ("/info/x-error-codes", [["a"], "none", 7, {"a": {"status": 400}}]),
        ("/info/x-wait", ["long", None, [1]]),
        (f"{POST}/responses/429/headers/Retry-After", [{}, {"description": 7}]),
        (f"{SCHEMES}/key", [{}, {"type": "mutualTLS"}]),
        (f"{POST}/security", [[], [{}], [{"unknown": []}], [{"key": None}]]),
    ],
)
def test_document_may_mean_something_else_by_a_name(pointer: str, values: list[Any], tmp_path: Path) -> None:
    """What is no table of ours is compared as it stands: no complaint, no traceback, in both directions."""
    (tmp_path / "old.json").write_text(json.dumps(jobs()), "utf-8")
    for value in values:
        (tmp_path / "new.json").write_text(json.dumps(jobs({pointer: value})), "utf-8")
        paths = [str(tmp_path / name) for name in ("old.json", "new.json")]
        assert main(["diff", *paths]) in (0, 1), value
        assert main(["diff", *reversed(paths)]) in (0, 1), value
