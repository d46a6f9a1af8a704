"""The report directory: every form of one run, written together from one document.

`verdicts.json` (see `json`) is the source of all others; the exchanges of the run give the picture of each
breach its surroundings and make `traffic.har`. What cannot be written does not keep the rest from being
written.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from generations_contract.report import har, html, json, junit, markdown


def write(directory: Path, content: dict[str, Any], exchanges: Iterable[Mapping[str, Any]]) -> None:
    """Write all reports of a run: `content` is `json.document`'s, `exchanges` are `codec.to_dict`'s.

    Raises the first error, after everything else was tried.
    """
    directory.mkdir(parents=True, exist_ok=True)
    traffic = list(exchanges)
    errors: list[Exception] = []
    forms: dict[str, Callable[[Path], None]] = {
        "verdicts.json": lambda path: json.write(path, content),
        "summary.md": lambda path: _text(path, markdown.document(content)),
        "junit.xml": lambda path: _text(path, junit.document(content)),
        "traffic.har": lambda path: har.write(path, traffic),
        "report.html": lambda path: _text(path, html.document(content, traffic)),
    }
    for name, form in forms.items():
        try:
            form(directory / name)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _text(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "backslashreplace"))
