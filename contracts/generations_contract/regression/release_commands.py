"""The subcommands `publish` and `openapi`: which contract they are about, and where they may write.

What a release is, is in `publish`, what the document holds, in `versions.openapi`. Everything is meant from the
working folder; nothing is ever written into an installed package.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from generations_contract.api.usage import UsageError
from generations_contract.regression import publish as publishing
from generations_contract.regression.sources import folder_of, home, workplace
from generations_contract.regression.versions import openapi
from generations_contract.regression.versions.releases import latest_version, releases
from generations_contract.regression.versions.units import OPENAPI

_SCHEMAS = {
    "type": Path,
    "metavar": "PLACE",
    "help": f"a directory of schemas, or an OpenAPI document (default: schemas/, else {OPENAPI}, where you are)",
}


def add_publish(commands: Any) -> None:
    """Add `publish`."""
    parser = commands.add_parser("publish", help="release a contract under published/<date>/ beside it")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--date", help="YYYY-MM-DD, after the latest release")
    what.add_argument(
        "--check", action="store_true", help="judge the chain of releases; exit 1 when it does not hold"
    )
    parser.add_argument(
        "--step", choices=("patch", "minor", "major"), help="the version step you are ready for"
    )
    parser.add_argument("--schemas", **_SCHEMAS)
    parser.set_defaults(run=run_publish)


def add_openapi(commands: Any) -> None:
    """Add `openapi`."""
    parser = commands.add_parser("openapi", help=f"generate {OPENAPI} from the four schemas of a directory")
    parser.add_argument(
        "--schemas", **{**_SCHEMAS, "help": "the directory (default: schemas/ in the working folder)"}
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write there (default: into the directory)")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when the file is not as generated"
    )
    parser.set_defaults(run=run_openapi)


def run_publish(options: argparse.Namespace) -> int:
    """`publish`."""
    place = options.schemas or workplace()
    if not place.exists():
        raise UsageError(f"--schemas {place}: No such file or directory")
    if options.check:
        return _check_chain(folder_of(place))
    _check_writable(place)
    release = publishing.publish(place, options.date, options.step)
    sys.stdout.write(f"published {release.date} as {release.version}\n")
    return 0


def _check_chain(folder: Path) -> int:
    told = publishing.complaints(folder)
    held = f"{len(releases(folder))} release(s): each version steps as far as its changes ask"
    sys.stdout.write("\n".join(told or [held]) + "\n")
    return 1 if told else 0


def run_openapi(options: argparse.Namespace) -> int:
    """`openapi`."""
    folder = options.schemas or _directory(options.out)
    path = options.out or folder / OPENAPI
    if not options.check:
        _check_writable(path)
    try:
        if options.check:
            expected = openapi.text(openapi.read(folder), latest_version(folder))
            same = path.read_text("utf-8") == expected
            sys.stdout.write(f"{path} is {'as generated' if same else 'not as generated'}\n")
            return 0 if same else 1
        openapi.write(folder, path)
    except OSError as error:
        raise UsageError(f"{error.filename or path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{folder}: {error}") from error
    sys.stdout.write(f"wrote {path}\n")
    return 0


def _directory(out: Path | None) -> Path:
    """The directory of schemas in the working folder; the suite's own where it is told where to write."""
    here = Path("schemas")
    if publishing.is_generated(here):
        return here
    if out is not None:
        return home()
    raise UsageError(
        "here is no schemas/ with the four files: name it with --schemas DIR, "
        "or write the suite's own document with --out FILE"
    )


def _check_writable(place: Path) -> None:
    """Whoever installed the suite does not want its files changed."""
    whole = place.resolve()
    installed = home().name == "_schemas" and whole.is_relative_to(home())
    if installed or {"site-packages", "dist-packages"} & set(whole.parts):
        raise UsageError(
            f"{place}: stands in an installed package, which is never written to; name another place"
        )
