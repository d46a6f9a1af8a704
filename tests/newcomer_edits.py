"""The five edits of `tests.newcomer`, as literal text: what a newcomer would write, and the tests he would run.

Where a patched line has moved, its text is to be followed here. Never here: how an edit is made or counted.
"""

from typing import Final

from tests.newcomer import Edit, Patch

PYTEST: Final = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
OPENAPI: Final = ("-m", "generations_contract.cli", "openapi")
PACKAGE: Final = "contracts/generations_contract"

A_CLAUSE: Final = Edit(
    "a clause",
    3,
    (
        Patch(
            f"{PACKAGE}/clauses/errors/envelope.py",
            '''

@clause(
    "errors.message-line",
    "SHOULD",
    says="{code, message}",
    by=alone,
    when=lambda exchange: _failing(exchange) and isinstance((exchange.problem or {}).get("message"), str),
)
def message_line(exchange: Exchange, _earlier: Earlier) -> Findings:
    """A message for people is one line."""
    message = str((exchange.problem or {})["message"])
    if "\\n" in message:
        yield Breach("error.message in one line", shown(message))
''',
        ),
        Patch(
            f"{PACKAGE}/gateway/tampers/faults/errors.py",
            '''

@fault("errors-message-lines", breaks={"errors.message-line"}, at="problem_body")
def message_lines(_: Call, answer: Answer) -> Answer:
    """A refusal for what the request says has a second line, with the field."""
    error = answer[1]["error"]
    if not error.get("param"):
        return answer
    return answer[0], {"error": {**error, "message": f"{error['message']}\\n{error['param']}"}}
''',
        ),
        Patch(
            f"{PACKAGE}/document/sentences.toml",
            """"errors.message-line" = { since = "2026-11-27", implied = "a log has lines", allows = "any wording in one line" }
""",
        ),
    ),
    (
        (
            *PYTEST,
            "tests/clauses/test_catalogue.py",
            "tests/clauses/test_errors.py",
            "tests/document/test_table.py",
        ),
        (*PYTEST, "tests/gateway/test_faults.py", "-k", "catalogue or every_clause or named_for"),
        ("-m", "tests.matrix", "--only", "errors-message-lines", "--whole", "--processes", "1"),
        (*PYTEST, f"{PACKAGE}/probes/test_errors.py", f"{PACKAGE}/probes/test_request.py"),
    ),
    shows=("errors             1       1       1", "errors.message-line"),
)

AN_INPUT_FIELD: Final = Edit(
    "an optional input field",
    3,
    (
        Patch(
            "schemas/generation-request.schema.json",
            """          "description": "Concepts to discourage. Supported by some image models.",
          "type": "string",
          "x-contract": {
            "usual": "blurry"
          }
        },
        "style": {
          "description": "Look of the picture, in a few words.",
          "type": "string",
          "maxLength": 40
        }""",
            """          "description": "Concepts to discourage. Supported by some image models.",
          "type": "string",
          "x-contract": {
            "usual": "blurry"
          }
        }""",
        ),
        Patch(
            f"{PACKAGE}/gateway/models.py",
            """    negative_prompt: str = ""
    style: Annotated[str, Field(max_length=40)] = ""
""",
            """    negative_prompt: str = ""
""",
        ),
    ),
    (
        (*PYTEST, "tests/api", "tests/regression/test_openapi.py", "-k", "schema or document or openapi"),
        (*PYTEST, "tests/strategies/test_boundaries.py", "tests/strategies/test_mutations.py"),
        (*PYTEST, "tests/gateway/test_own_reading.py", "tests/gateway/test_validation.py"),
        (*PYTEST, "tests/clauses/test_request.py"),
        (*PYTEST, "-vv", f"{PACKAGE}/probes/test_request.py", f"{PACKAGE}/probes/test_strict.py"),
    ),
    generates=(OPENAPI,),
    shows=("style=1-ascii", "style=40-han", "style=41-ascii", "key:style-at-the-top"),
)

AN_ERROR_CODE: Final = Edit(
    "an error code",
    3,
    (
        Patch(
            "schemas/error.schema.json",
            """internal_error 500, provider_full 507.",
""",
            """internal_error 500.",
""",
        ),
        Patch(
            "schemas/error.schema.json",
            """        "internal_error",
        "provider_full"
      ],
      "x-contract": {
        "codes": {
""",
            """        "internal_error"
      ],
      "x-contract": {
        "codes": {
""",
        ),
        Patch(
            "schemas/error.schema.json",
            """            "on_fetch": true,
            "of_provider": true
          },
          "provider_full": {
            "status": 507,
            "when": "Every provider for this model has its hands full.",
            "of_provider": true
          }
""",
            """            "on_fetch": true,
            "of_provider": true
          }
""",
        ),
        Patch(
            f"{PACKAGE}/gateway/codes.py",
            """    "internal_error": 500,
    "provider_full": 507,
""",
            """    "internal_error": 500,
""",
        ),
        Patch(
            f"{PACKAGE}/gateway/codes.py",
            """"provider_timeout", "internal_error", "provider_full"
]""",
            """"provider_timeout", "internal_error"]""",
        ),
        Patch(
            f"{PACKAGE}/gateway/codes.py",
            """Failure = Literal[
    "content_policy",""",
            """Failure = Literal["content_policy",""",
        ),
        Patch(
            f"{PACKAGE}/gateway/codes.py",
            """    "internal_error": "A bug on our side: open a support ticket with the id.",
    "provider_full": "Every provider for this model has its hands full.",
""",
            """    "internal_error": "A bug on our side: open a support ticket with the id.",
""",
        ),
    ),
    (
        (*PYTEST, "tests/api", "tests/clauses/test_errors.py", "tests/clauses/test_response.py"),
        (*PYTEST, "tests/regression/test_openapi.py"),
        (
            *PYTEST,
            "tests/gateway/test_own_reading.py",
            "tests/gateway/test_catalogue.py",
            "tests/gateway/test_refusals.py",
        ),
        (
            "-c",
            """
import json
from generations_contract.clauses.errors import envelope
from generations_contract.gateway import Gateway
from tests.gateway.gateway_helpers import Desk, code, with_models
busy = with_models({"flux-1.1-pro": {"outcome": "provider_full", "failure_shows_as": "http"}})
reply = Desk(Gateway(busy)).create(wait=60)
print(reply.status, code(reply), envelope.PROVIDER_STATUSES)
""",
        ),
    ),
    generates=(OPENAPI,),
    shows=("507 provider_full [502, 504, 507]",),
)

A_LOAD_SCENARIO: Final = Edit(
    "a load scenario",
    1,
    (
        Patch(
            "loadtests/generations_load/scenarios/short_polls.py",
            '''"""The impatient way: poll in short windows."""

from generations_contract.scripts.script import Create, Script, until_terminal
from generations_load.scenarios import Setting, scenario


@scenario("image", "create", weight=5, needs=["models.image"], wait_s=1)
def short_polls(setting: Setting) -> Script[None]:
    """Create an image with wait 0, then hold polls of a second until it is done."""
    seen = yield Create(setting.target.request(setting.image, wait=0))
    yield from until_terminal(seen, wait=setting.number("wait_s", 1))
''',
        ),
    ),
    ((*PYTEST, "-vv", "tests/load/test_scenarios.py"),),
    shows=("short-polls",),
)

A_REPORT_FORMAT: Final = Edit(
    "a report format",
    4,
    (
        Patch(
            f"{PACKAGE}/forms/tabbed.py",
            '''"""Tab-separated lines, for spreadsheets; what stands in them is the products' business."""

from collections.abc import Iterable

from generations_contract.forms.text import printable


def tabbed(rows: Iterable[Iterable[object]]) -> str:
    """One line a row; a cell is made safe to print, and holds no tab."""
    return "".join("\\t".join(printable(str(cell)) for cell in row) + "\\n" for row in rows)
''',
        ),
        Patch(
            f"{PACKAGE}/regression/report/showing.py",
            """    "github": github,
    "tabbed": lambda review: tabbed((change.level, change.id, change.text) for change in review.changes),
""",
            """    "github": github,
""",
        ),
        Patch(
            f"{PACKAGE}/regression/report/showing.py",
            """from generations_contract.containment.values import Json
from generations_contract.forms.tabbed import tabbed
""",
            """from generations_contract.containment.values import Json
""",
        ),
        Patch(
            f"{PACKAGE}/report/bundle.py",
            """    "verdicts.json": lambda path, content, _: json.write(path, content),
    "verdicts.tsv": lambda path, content, _: _text(
        path, tabbed((each["id"], each["state"]) for each in content["clauses"])
    ),
""",
            """    "verdicts.json": lambda path, content, _: json.write(path, content),
""",
        ),
        Patch(
            f"{PACKAGE}/report/bundle.py",
            """from generations_contract.forms.tabbed import tabbed
from generations_contract.report import har""",
            """from generations_contract.report import har""",
        ),
    ),
    (
        (*PYTEST, "-vv", "tests/regression/test_showing.py", "tests/report/test_report_forms.py"),
        (*PYTEST, "tests/run/test_reporting.py", "-k", "every_form"),
        (
            "-m",
            "generations_contract.cli",
            "diff",
            "--format",
            "tabbed",
            "schemas/error.schema.json",
            "schemas/error.schema.json",
        ),
        (*PYTEST, f"{PACKAGE}/probes/test_headers.py", "--contract-report", "report"),
        ("-c", "print(open('report/verdicts.tsv').read())"),
    ),
    shows=("test_hostile_text_steers_no_reader[tabbed]", "headers.retry-after\theld"),
)

EDITS: Final = {
    edit.name: edit for edit in (A_CLAUSE, AN_INPUT_FIELD, AN_ERROR_CODE, A_LOAD_SCENARIO, A_REPORT_FORMAT)
}
