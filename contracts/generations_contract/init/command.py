"""The subcommand `init`: writes a recipe for CI, and the files that it goes by, into the working folder.

The texts stand in `recipes`. Nothing is written over: a recipe that is there already is refused before anything is
written, the other files are left as they are.
"""

import argparse
import shlex
import sys
from importlib.resources import files
from pathlib import Path
from typing import Final

from generations_contract.api.usage import UsageError
from generations_contract.regression.sources import workplace

# Of each CI system: where its recipe is written, and what is left to do.
RECIPES: Final = {
    "github": (Path(".github/workflows/contract.yml"), ""),
    "gitlab": (
        Path(".gitlab/contract.yml"),
        "add to .gitlab-ci.yml: include: [{local: .gitlab/contract.yml}]",
    ),
}
BESIDE: Final = ("accepted.toml", "severities.toml")
_CONTRACT: Final = "@CONTRACT@"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--ci", choices=tuple(RECIPES), required=True, help="for which CI system")
    parser.add_argument(
        "--contract", type=Path, metavar="PATH",
        help="the OpenAPI document, or the directory of schemas, from the root of the repository "
        "(default: schemas/, else openapi.yaml, in the working folder)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Write the files, and say which; raises `UsageError` where there is no contract, or a recipe already."""
    contract = options.contract or workplace()
    if not contract.exists() or contract.is_absolute():
        raise UsageError(
            f"--contract {contract}: name a file or directory that is here, from the working folder"
        )
    here = Path.cwd()
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    if root != here:
        raise UsageError(
            f"{here.name}: is not the root of the repository, where CI looks; go to {root} first"
        )
    path, then = RECIPES[options.ci]
    if path.exists():
        raise UsageError(f"{path}: is there already, and is not written over; move it away first")
    recipe = _text(f"{options.ci}.yml").replace(_CONTRACT, shlex.quote(contract.as_posix()))
    _write(path, recipe)
    for name in BESIDE:
        if not Path(name).exists():
            _write(Path(name), _text(name))
    sys.stdout.write(f"{then}\n" if then else "")
    return 0


def _text(name: str) -> str:
    return files("generations_contract.init").joinpath("recipes", name).read_text("utf-8")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    sys.stdout.write(f"wrote {path}\n")
