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
from generations_contract.regression import release_commands
from generations_contract.regression.changelog import changelog
from generations_contract.regression.report import changelog as changelogs
from generations_contract.regression.report import showing
from generations_contract.regression.sources import folder_of, load, workplace
from generations_contract.regression.verdicts import accepted, severities
from generations_contract.regression.verdicts.review import EXIT_OF, Review, review
from generations_contract.regression.versions import pairs
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.releases import PUBLISHED, releases
from generations_contract.regression.versions.units import OPENAPI, Role, plain_name

LEVELS: Final = tuple(EXIT_OF)
FAIL_ON: Final = "breaking,undecided"
ROLES: Final[tuple[Role, ...]] = ("request", "response", "error")


def _add_drift(commands: Any) -> None:
    # It alone talks to gateways, and with them come a client and a server that diff has no use for.
    from generations_contract.regression import drift_command as drifting

    watching = commands.add_parser("drift", help="what a gateway really answers, against the contract")
    drifting.add_options(watching)
    watching.set_defaults(run=drifting.run)


def _add_diff(commands: Any) -> None:
    parser = commands.add_parser("diff", help="what a change of the contract breaks, for whom, with proof")
    parser.description = (
        "OLD and NEW: a schema file, a directory of schemas, an OpenAPI document (3.0 to 3.2), "
        "git:REVISION[:PATH], an address (https://…), - (standard input), or published[:DATE]. "
        "Without OLD, the latest release; without NEW, schemas/ or openapi.yaml in the working folder. "
        "Exit codes: 0 nothing that fails, 1 breaking, 2 undecided, 3 policy, 4 wrong usage."
    )
    parser.add_argument("versions", nargs="*", metavar="[OLD] NEW", help="the versions to compare")
    _add_pairs(parser)
    parser.add_argument(
        "--formats", choices=("asserted", "annotation"), default=None,
        help="whether `format` refuses documents (default: asserted; with --pairs: annotation)",
    )  # fmt: skip
    parser.add_argument("--format", choices=tuple(showing.FORMATS), default="terminal", help="of the report")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there")
    parser.add_argument(
        "--report", type=Path, metavar="DIR", help=f"also write {', '.join(showing.REPORTS)} there"
    )
    parser.add_argument(
        "--changelog", metavar="A..B",
        help="instead: what each release between two tags, or two days of releases, brought; NEW is then the "
        "contract's path",
    )  # fmt: skip
    parser.add_argument(
        "--fail-on", metavar="LEVELS",
        help=f"comma-separated: breaking, undecided, policy, or none (default: {FAIL_ON}; with --changelog: none)",
    )  # fmt: skip
    parser.add_argument(
        "--accepted", type=Path, metavar="FILE", help="accepted changes, a TOML file with reasons"
    )
    parser.add_argument(
        "--severities", type=Path, metavar="FILE",
        help='how bad a rule is, a TOML file: [rules] "default-changed" = "breaking", "policy" or "ignore"',
    )  # fmt: skip
    parser.add_argument(
        "--role", action="append", default=[], metavar="NAME=ROLE",
        help="who sends a schema's documents: request, response or error (default: by the schema's name)",
    )  # fmt: skip
    parser.add_argument(
        "--ca", type=Path, metavar="FILE", help="certificates (PEM) to trust when a version is an address"
    )
    parser.set_defaults(run=run_diff)


def _add_pairs(parser: argparse.ArgumentParser) -> None:
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


def run_diff(options: argparse.Namespace) -> int:
    """`diff`."""
    if not 1 <= options.budget_ms <= 600_000:
        raise UsageError("--budget-ms: between 1 and 600000 milliseconds")
    if options.pairs is not None:
        if options.versions:
            raise UsageError("diff --pairs takes no OLD and NEW")
        return _run_pairs(options)
    if options.changelog is not None:
        return _run_changelog(options)
    fail_on = _levels(options.fail_on or FAIL_ON)
    entries = accepted.read(options.accepted) if options.accepted else []
    chosen = severities.read(options.severities) if options.severities else {}
    old, new = _versions(options.versions, _roles(options.role), options.ca)
    gc.freeze()  # both documents stay to the end: the collector need not walk them
    found = review(
        old,
        new,
        formats=options.formats != "annotation",
        accepted=entries,
        severities=chosen,
        limits=Limits(options.budget_ms),
    )
    if options.report is not None:
        _write_reports(found, options.report)
    _write(showing.FORMATS[options.format](found), options.output)
    return found.exit_code(fail_on)


def _run_changelog(options: argparse.Namespace) -> int:
    if len(options.versions) > 1:
        raise UsageError("diff --changelog takes one path: the contract's")
    for name in ("report", "accepted", "role"):
        if getattr(options, name):
            raise UsageError(f"--{name} does not go with --changelog")
    form = changelogs.FORMATS.get(options.format)
    if form is None:
        raise UsageError(f"--format {options.format}: a changelog has {', '.join(changelogs.FORMATS)}")
    fail_on = _levels(options.fail_on or "none")
    chosen = severities.read(options.severities) if options.severities else {}
    found = changelog(
        options.changelog,
        next(iter(options.versions), None),
        formats=options.formats != "annotation",
        severities=chosen,
        limits=Limits(options.budget_ms),
    )
    _write(form(found), options.output)
    codes = {each.review.exit_code(fail_on) for each in found if each.review}
    return next((code for code in EXIT_OF.values() if code in codes), 0)


def _write_reports(found: Review, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--report {folder}: cannot be made: {error.strerror}") from error
    for name, form in showing.REPORTS.items():
        _write(form(found), folder / name, "--report")


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


def _versions(given: list[str], roles: dict[str, Role], ca: Path | None) -> tuple[Contract, Contract]:
    if len(given) > 2:
        raise UsageError(f"diff takes OLD and NEW, not {len(given)} versions")
    if not given and not releases(folder_of(workplace())):
        raise UsageError(
            f"{workplace()}: has no release to compare with; name OLD (git:main), or run publish first"
        )
    new_spec = given[-1] if given else str(workplace())
    old_spec = given[0] if len(given) == 2 else PUBLISHED
    if old_spec == new_spec == "-":
        raise UsageError("diff: the standard input holds one version; name the other one")
    old = load(old_spec, roles, new_spec, ca, excused=None)  # what lies in the past cannot be mended
    is_same = _are_equal_files(Path(old_spec), Path(new_spec))
    new = (
        replace(old, label=new_spec) if is_same else load(new_spec, roles, old_spec, ca, excused=old.problems)
    )
    names = {plain_name(file) for version in (old, new) for file in version.schema_files}
    if unknown := sorted(roles.keys() - names):
        raise UsageError(
            f"--role {unknown[0]}: no such schema; there are {', '.join(sorted(names)) or 'none'}"
        )
    return _comparable(old, new), _comparable(new, old)


def _are_equal_files(one: Path, other: Path) -> bool:
    """Whether both are files of one kind with the same bytes: what is equal is read once and needs no comparison.

    What they refer to beside them is the same where they lie in one folder.
    """
    return (
        one.is_file()
        and other.is_file()
        and one.suffix == other.suffix
        and one.resolve().parent == other.resolve().parent
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
    return replace(one, files={OPENAPI: one.files[OPENAPI]}, drafts={}, _known={})


def _write(text: str, path: Path | None, option: str = "--output") -> None:
    if path is None:
        sys.stdout.write(text)
        return
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{option} {path}: cannot be written: {error.strerror}") from error


# Each adds one subcommand to an `argparse` subparsers object, and sets its `run`.
PARSERS: Final[dict[str, Callable[[Any], None]]] = {
    "diff": _add_diff,
    "publish": release_commands.add_publish,
    "openapi": release_commands.add_openapi,
    "drift": _add_drift,
}
