"""The console script `generations-contract`: one subcommand per thing that the suite does.

Each subcommand's work lives in its own package and is imported when it is called; this module only names
them, and turns wrong usage into one line and exit code 4.
"""

import argparse
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from generations_contract import catalogues
from generations_contract.api.usage import UsageError
from generations_contract.forms.console import write_what_can_be_written
from generations_contract.forms.output import OutputError, guarded
from generations_contract.options import OPTIONS, add_schemas_option, flag

USAGE_ERROR = 4
CRASHED = 70
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    write_what_can_be_written(sys.stdout, sys.stderr)
    try:
        with guarded():
            _choose_schemas(*arguments)
            options = _parser(arguments[0] if arguments else None).parse_args(arguments)
            run: Callable[[argparse.Namespace], int] = options.run
            return run(options)
    except (UsageError, OutputError) as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:
            return _complain(f"{error.filename}: {error.strerror}")
        # No exit code of a verdict: who reads those must not take a crash for one.
        traceback.print_exc()
        return CRASHED


def _complain(line: str) -> int:
    with suppress(OSError, AttributeError):
        sys.stderr.write(f"generations-contract: {line}\n")
    return USAGE_ERROR


def _choose_schemas(named: str = "", *arguments: str) -> None:
    """Where a command judges: by which version, before its options are known, because these import what reads it.

    A command that compares the project's files keeps to these, whatever the variable says.
    """
    from generations_contract.api.schema_files import VARIABLE

    if named in ("diff", "publish", "openapi"):
        os.environ.pop(VARIABLE, None)
    if named in ("audit", "drift"):
        from generations_contract.api.schema_choice import choose

        first = _Parser(prog=f"generations-contract {named}", add_help=False)
        add_schemas_option(first)
        first.add_argument("--target")
        known, _ = first.parse_known_args(arguments)
        choose(known.schemas, known.target)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        # No abbreviations: `--contract` of `drift` would be taken for `--contract-schemas`.
        super().__init__(**{"allow_abbrev": False, **settings})

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(USAGE_ERROR, f"{self.prog}: {message} (see --help)\n")


def _parser(named: str | None) -> argparse.ArgumentParser:
    """The parser of the named subcommand, or of all where none is: `diff` need not know how to serve."""
    parser = _Parser(
        prog="generations-contract", description="Is a /v1/generations gateway what its document says?"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    chosen = {name for name, _ in _MOUNTS if name == named} or {name for name, _ in _MOUNTS}
    for name, mount in _MOUNTS:
        if name in chosen:
            mount(commands, name)
    return parser


def _mount_check(commands: Any, name: str) -> None:
    checking = commands.add_parser(
        name,
        help="judge a gateway by the contract: the same as `pytest contracts`",
        epilog="What stands after -- goes to pytest as it is: `check --depth free -- -k wait -x`.",
    )
    for each, settings in OPTIONS.items():
        checking.add_argument(f"--{each}", **settings)
    checking.add_argument("more", nargs="*", metavar="-- PYTEST OPTIONS", help="options of pytest")
    checking.set_defaults(run=_check)


def _mount_serve(commands: Any, name: str) -> None:
    from generations_contract.clients import serving as mock
    from generations_contract.gateway.doors import serve

    serving = commands.add_parser(name, help="serve the reference gateway")
    serve.add_options(serving)
    mock.add_options(serving)
    serving.set_defaults(
        run=lambda options: mock.run(options) if mock.wanted(options) else serve.run(options)
    )


def _mount_audit(commands: Any, name: str) -> None:
    from generations_contract import audit

    auditing = commands.add_parser(name, help="judge recorded traffic (HAR, JSON lines); nothing is sent")
    audit.add_options(auditing)
    auditing.set_defaults(run=audit.run)


def _mount_client(commands: Any, name: str) -> None:
    from generations_contract.clients import command

    judging = commands.add_parser(
        name, help="judge a client, in any language, by what it does to this gateway"
    )
    command.add_options(judging)
    judging.set_defaults(run=command.run)


def _mount_baseline(commands: Any, name: str) -> None:
    known = commands.add_parser(name, help="print a baseline file for what a run has found")
    known.add_argument("verdicts", type=Path, metavar="verdicts.json")
    known.add_argument(
        "--why", required=True, metavar="TEXT", help="the reason that is written to each entry"
    )
    known.set_defaults(run=_baseline)


def _mount_clauses(commands: Any, name: str) -> None:
    catalogue = commands.add_parser(name, help="list the clauses of the contract")
    catalogue.add_argument("--json", action="store_true", help="as JSON instead of a table")
    catalogue.add_argument(
        "--dates",
        action="store_true",
        help="instead: the dated states of the contract, and what each brought",
    )
    catalogue.set_defaults(run=catalogues.clauses)


def _mount_explain(commands: Any, name: str) -> None:
    from generations_contract import explain

    explaining = commands.add_parser(
        name,
        help="say of a clause what it is, what provokes and what breaks it; or of a rule of diff whom it breaks",
    )
    explain.add_options(explaining)
    explaining.set_defaults(run=explain.run)


def _mount_faults(commands: Any, name: str) -> None:
    faults = commands.add_parser(
        name, help="list the faults and variants that the reference gateway can show"
    )
    faults.add_argument("--json", action="store_true", help="as JSON instead of a table")
    faults.set_defaults(run=catalogues.faults)


def _mount_rules(commands: Any, name: str) -> None:
    catalogue = commands.add_parser(name, help="list the rules by which diff tells changes")
    catalogue.add_argument("--json", action="store_true", help="as JSON instead of a table")
    catalogue.set_defaults(run=catalogues.rules)


def _mount_regression(commands: Any, name: str) -> None:
    from generations_contract.regression.commands import PARSERS

    PARSERS[name](commands)


def _mount_init(commands: Any, name: str) -> None:
    from generations_contract.init import command as beginning

    starting = commands.add_parser(name, help="write a recipe for CI into your repository")
    beginning.add_options(starting)
    starting.set_defaults(run=beginning.run)


def _mount_load(commands: Any, name: str) -> None:
    """Mount `load`; where its extra is not installed it only says so when it is called."""
    try:
        from generations_load import command as load
    except ModuleNotFoundError as missing:
        if str(missing.name).startswith(("contracts", "loadtests")):
            raise
        absent = commands.add_parser(name, help="thousands of long polls (needs the extra `load`)")
        absent.add_argument("more", nargs=argparse.REMAINDER)
        absent.set_defaults(run=_load_is_absent)
    else:
        load.add_parser(commands)


_MOUNTS: Final[tuple[tuple[str, Callable[[Any, str], None]], ...]] = (
    ("check", _mount_check),
    ("serve", _mount_serve),
    ("audit", _mount_audit),
    ("client", _mount_client),
    ("baseline", _mount_baseline),
    ("clauses", _mount_clauses),
    ("explain", _mount_explain),
    ("faults", _mount_faults),
    ("rules", _mount_rules),
    ("diff", _mount_regression),
    ("publish", _mount_regression),
    ("openapi", _mount_regression),
    ("drift", _mount_regression),
    ("init", _mount_init),
    ("load", _mount_load),
)


def _load_is_absent(_: argparse.Namespace) -> int:
    raise UsageError("load needs its extra: pip install 'generations-contract[load]'")


def _check(options: argparse.Namespace) -> int:
    """Become pytest: only a process that has imported nothing of the suite can rewrite its assertions."""
    configuration = files("generations_contract.run").joinpath("check.ini")
    command = [
        sys.executable,
        "-m",
        "generations_contract.as_pytest",
        "-c",
        str(configuration),
        "--rootdir",
        os.curdir,
    ]
    for name in OPTIONS:
        value = getattr(options, name.replace("-", "_"))
        values = value if isinstance(value, list) else [] if value is None else [value]
        command += [f"{flag(name)}={each}" for each in values]
    command += [*options.more, "--pyargs", "generations_contract.probes"]
    if os.name != "nt":
        os.execv(sys.executable, command)  # noqa: S606 - our own interpreter; it does not return
    return subprocess.call(command)  # noqa: S603


def _baseline(options: argparse.Namespace) -> int:
    from generations_contract.judging.baseline import listing

    try:
        clauses = json.loads(options.verdicts.read_text(encoding="utf-8"))["clauses"]
        lines = list(listing(clauses, options.why))
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{options.verdicts}: is no verdicts.json of a contract run") from None
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
