"""The report directory: every form of one run, written together from one document.

`verdicts.json` (see `json`) is the source of all others; the exchanges of the run give the picture of each
breach its surroundings and make `traffic.har`. What cannot be written does not keep the rest from being
written.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from generations_contract.report import har, html, json, junit, markdown

Content = dict[str, Any]
Traffic = list[Mapping[str, Any]]


def _text(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


# By file name: how it is written from the run's document and its exchanges.
FORMS: Final[dict[str, Callable[[Path, Content, Traffic], None]]] = {
    "verdicts.json": lambda path, content, _: json.write(path, content),
    "summary.md": lambda path, content, _: _text(path, markdown.document(content)),
    "junit.xml": lambda path, content, _: _text(path, junit.document(content)),
    "traffic.har": lambda path, _, traffic: har.write(path, traffic),
    "report.html": lambda path, content, traffic: _text(path, html.document(content, traffic)),
}


def write(directory: Path, content: Content, exchanges: Iterable[Mapping[str, Any]]) -> None:
    """Write all reports of a run: `content` is `json.document`'s, `exchanges` are `codec.to_dict`'s.

    Raises the first error, after everything else was tried.
    """
    directory.mkdir(parents=True, exist_ok=True)
    traffic = list(exchanges)
    errors: list[Exception] = []
    for name, form in FORMS.items():
        try:
            form(directory / name, content, traffic)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]
