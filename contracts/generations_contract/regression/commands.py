"""The subcommands `diff`, `publish`, `openapi` and `drift`: arguments in, exit code out.

No work is done here. Exit codes: 0 nothing that fails, 1 breaking, 2 undecided, 3 policy, 4 wrong usage. The
console script mounts `PARSERS` and turns a `UsageError` into one line and exit code 4.
"""

import argparse
import gc
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from generations_contract.api.usage import UsageError
from generations_contract.containment.decide import Limits
from generations_contract.regression import publish as publishing
from generations_contract.regression.report import showing
from generations_contract.regression.sources import home, load
from generations_contract.regression.verdicts import accepted
from generations_contract.regression.verdicts.review import EXIT_OF, review
from generations_contract.regression.versions import openapi, pairs
from generations_contract.regression.versions.document import OPENAPI, Contract, Role, plain_name
from generations_contract.regression.versions.releases import PUBLISHED, latest_version, releases

LEVELS: Final = tuple(EXIT_OF)
ROLES: Final[tuple[Role, ...]] = ("request", "response", "error")


def _add_publish(commands: Any) -> None:
    publishing_ = commands.add_parser("publish", help="release the schemas under schemas/published/<date>/")
    what = publishing_.add_mutually_exclusive_group(required=True)
    what.add_argument("--date", help="YYYY-MM-DD, after the latest release")
    what.add_argument(
        "--check", action="store_true", help="judge the chain of releases; exit 1 when it does not hold"
    )
    publishing_.add_argument(
        "--step", choices=("patch", "minor", "major"), help="the version step you are ready for"
    )
    publishing_.add_argument(
        "--schemas", type=Path, default=None, help="the directory (default: the project's)"
    )
    publishing_.set_defaults(run=run_publish)


def _add_openapi(commands: Any) -> None:
    generating = commands.add_parser("openapi", help=f"generate schemas/{OPENAPI} from the schemas")
    generating.add_argument(
        "--schemas", type=Path, default=None, help="the directory (default: the project's)"
    )
    generating.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when the file is not as generated"
    )
    generating.set_defaults(run=run_openapi)


def _add_drift(commands: Any) -> None:
    # It alone talks to gateways, and with them come a client and a server that diff has no use for.
    from generations_contract.regression import drift_command as drifting

    watching = commands.add_parser("drift", help="what a gateway really answers, against the contract")
    drifting.add_options(watching)
    watching.set_defaults(run=drifting.run)


def _add_diff(commands: Any) -> None:
    parser = commands.add_parser("diff", help="what a change of the contract breaks, for whom, with proof")
    parser.description = (
        "OLD and NEW: a schema file, a directory of schemas, an OpenAPI 3.1 document, git:REVISION[:PATH], "
        "or published[:DATE]. Without OLD, the latest release; without NEW, the project's schemas. "
        "Exit codes: 0 nothing that fails, 1 breaking, 2 undecided, 3 policy, 4 wrong usage."
    )
    parser.add_argument("versions", nargs="*", metavar="[OLD] NEW", help="the versions to compare")
    parser.add_argument(
        "--pairs", type=Path, metavar="FILE", help="judge schema pairs, one JSON object a line"
    )
    parser.add_argument(
        "--time", type=float, default=3.0, metavar="SECONDS", help="with --pairs: the limit a pair"
    )
    parser.add_argument(
        "--budget-ms", type=float, default=Limits.budget_ms, metavar="N",
        help="how long a pair of schemas is looked into, in ms of the processor (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--formats", choices=("asserted", "annotation"), default=None,
        help="whether `format` refuses documents (default: asserted; with --pairs: annotation)",
    )  # fmt: skip
    parser.add_argument("--format", choices=tuple(showing.FORMATS), default="terminal", help="of the report")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there")
    parser.add_argument(
        "--fail-on", default="breaking,undecided", metavar="LEVELS",
        help="comma-separated: breaking, undecided, policy, or none (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--accepted", type=Path, metavar="FILE", help="accepted changes, a TOML file with reasons"
    )
    parser.add_argument(
        "--role", action="append", default=[], metavar="NAME=ROLE",
        help="who sends a schema's documents: request, response or error (default: by the schema's name)",
    )  # fmt: skip
    parser.set_defaults(run=run_diff)


def run_diff(options: argparse.Namespace) -> int:
    """`diff`."""
    if not 1 <= options.budget_ms <= 600_000:
        raise UsageError("--budget-ms: between 1 and 600000 milliseconds")
    if options.pairs is not None:
        if options.versions:
            raise UsageError("diff --pairs takes no OLD and NEW")
        return _run_pairs(options)
    fail_on = _levels(options.fail_on)
    entries = accepted.read(options.accepted) if options.accepted else []
    old, new = _versions(options.versions, _roles(options.role))
    limits = Limits(options.budget_ms)
    gc.freeze()  # both documents stay to the end: the collector need not walk them
    found = review(old, new, formats=options.formats != "annotation", accepted=entries, limits=limits)
    _write(showing.FORMATS[options.format](found), options.output)
    return found.exit_code(fail_on)


def _run_pairs(options: argparse.Namespace) -> int:
    if not 0 < options.time <= 600:
        raise UsageError("--time: between 0 and 600 seconds")
    try:
        return pairs.run(
            options.pairs,
            formats=options.formats == "asserted",
            time_s=options.time,
            budget_ms=options.budget_ms,
        )
    except BrokenPipeError:
        raise  # who reads the output has seen enough
    except OSError as error:
        raise UsageError(f"{options.pairs}: cannot be read: {error.strerror}") from error


def _levels(text: str) -> tuple[str, ...]:
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    if named == ("none",):
        return ()
    if not named or set(named) - set(LEVELS):
        raise UsageError(f"--fail-on {text}: name some of {', '.join(LEVELS)}, or none")
    return named


def _roles(given: list[str]) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for text in given:
        name, _, role = text.partition("=")
        chosen = next((one for one in ROLES if one == role), None)
        if not name or chosen is None:
            raise UsageError(f"--role {text}: write NAME=request, NAME=response or NAME=error")
        roles[name] = chosen
    return roles


def _versions(given: list[str], roles: dict[str, Role]) -> tuple[Contract, Contract]:
    if len(given) > 2:
        raise UsageError(f"diff takes OLD and NEW, not {len(given)} versions")
    new_spec = given[-1] if given else str(home())
    old_spec = given[0] if len(given) == 2 else PUBLISHED
    old = load(old_spec, roles, excused=None)  # what lies in the past cannot be mended
    is_same = _are_equal_files(Path(old_spec), Path(new_spec))
    new = replace(old, label=new_spec) if is_same else load(new_spec, roles, excused=old.problems)
    names = {plain_name(file) for version in (old, new) for file in version.schema_files}
    if unknown := sorted(roles.keys() - names):
        raise UsageError(
            f"--role {unknown[0]}: no such schema; there are {', '.join(sorted(names)) or 'none'}"
        )
    return _comparable(old, new), _comparable(new, old)


def _are_equal_files(one: Path, other: Path) -> bool:
    """Whether both are files of one kind with the same bytes: what is equal is read once and needs no comparison."""
    return (
        one.is_file()
        and other.is_file()
        and one.suffix == other.suffix
        and one.read_bytes() == other.read_bytes()
    )


def _comparable(one: Contract, other: Contract) -> Contract:
    """The contract, reduced to its OpenAPI document where that is all the other has."""
    if other.schema_files or not one.schema_files:
        return one
    if one.openapi is None:
        raise UsageError(
            f"{one.label} has no {OPENAPI} to compare {other.label} with: compare like with like"
        )
    return Contract(one.label, {OPENAPI: one.files[OPENAPI]}, one.roles, one.origins, one.problems)


def _write(text: str, path: Path | None) -> None:
    if path is None:
        sys.stdout.write(text)
        return
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"--output {path}: cannot be written: {error.strerror}") from error


def run_publish(options: argparse.Namespace) -> int:
    """`publish`."""
    folder = options.schemas or home()
    if options.check:
        return _check_chain(folder)
    release = publishing.publish(folder, options.date, options.step)
    sys.stdout.write(f"published {release.date} as {release.version}\n")
    return 0


def _check_chain(folder: Path) -> int:
    told = publishing.complaints(folder)
    held = f"{len(releases(folder))} release(s): each version steps as far as its changes ask"
    sys.stdout.write("\n".join(told or [held]) + "\n")
    return 1 if told else 0


def run_openapi(options: argparse.Namespace) -> int:
    """`openapi`."""
    folder = options.schemas or home()
    try:
        if options.check:
            expected = openapi.text(openapi.read(folder), latest_version(folder))
            same = (folder / OPENAPI).read_text("utf-8") == expected
            sys.stdout.write(f"{folder / OPENAPI} is {'as generated' if same else 'not as generated'}\n")
            return 0 if same else 1
        sys.stdout.write(f"wrote {openapi.write(folder)}\n")
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder}: {error}") from error
    return 0


# Each adds one subcommand to an `argparse` subparsers object, and sets its `run`.
PARSERS: Final[dict[str, Callable[[Any], None]]] = {
    "diff": _add_diff,
    "publish": _add_publish,
    "openapi": _add_openapi,
    "drift": _add_drift,
}
