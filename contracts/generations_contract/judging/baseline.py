"""Known breaches: a file that lists what a run may find without failing, each with the reason why.

A listed breach is waived; a new one fails the run as ever, and so does a listed one that its probe no
longer finds, so that the file cannot rot. A breach is recognised by its clause and a fingerprint of what
was expected and found, without what differs from run to run: ids, moments, durations, signatures.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field

from generations_contract.api import toml_file
from generations_contract.api.toml_file import Table
from generations_contract.api.usage import UsageError
from generations_contract.forms.text import printable
from generations_contract.judging.clause import CLAUSES, Breach

# What differs from run to run, most specific first.
_PASSING: Final = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?"), "<moment>"),
    (re.compile(r"REDACTED-[0-9a-f]{12}"), "<signature>"),
    (re.compile(r"\b[a-z]{2,12}_(?=\w*\d)\w{8,}\b"), "<id>"),
    (re.compile(r"\b(?=[0-9a-f-]*\d)[0-9a-f]{8,}(-[0-9a-f]{4,})*\b"), "<id>"),
    (re.compile(r"\btake \S+"), "take <n>"),
    (re.compile(r"\d+(\.\d+)? (s|ms)\b"), "<time>"),
    (re.compile(r"\d+\.\d+"), "<number>"),
)
# How an answer is told that accepted a request.
_ACCEPTED: Final = re.compile(r"2\d\d (queued|running|completed|failed|cancelled)")


def fingerprint(clause_id: str, breach: Breach) -> str:
    """Twelve hexadecimal digits that are the same for the same breach in another run."""
    text = f"{clause_id}\n{breach.expected}\n{breach.actual}"
    for passing, name in _PASSING:
        text = passing.sub(name, text)
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=6).hexdigest()


def kind(clause_id: str, breach: Breach) -> str:
    """The same for all cases of a clause that should be refused and are accepted; else the fingerprint."""
    if not _ACCEPTED.fullmatch(breach.actual):
        return fingerprint(clause_id, breach)
    return fingerprint(clause_id, Breach(breach.expected.partition(":")[0], "accepted"))


_Mark = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
_Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


class KnownBreach(Table):
    """A listed breach. `probe`: what found it; only where that plays again can the breach be missed."""

    clause: _Text
    fingerprint: _Mark
    kind: _Mark | None = None
    why: _Text
    probe: str = ""


class _File(Table):
    breach: list[KnownBreach] = Field(default_factory=list)


@dataclass
class Baseline:
    """The listed breaches of a file, and which of them a run has met again (`recurred`).

    `by_kind`: whether a breach of a listed kind is a listed one.
    """

    name: str
    known: Mapping[tuple[str, str], KnownBreach]
    recurred: set[tuple[str, str]] = field(default_factory=set)
    by_kind: bool = False

    @classmethod
    def load(cls, path: Path, *, by_kind: bool = False) -> "Baseline":
        """Read a file; raises `UsageError`, in one line, for whatever is wrong with it."""
        listed = toml_file.read(path, _File).breach
        for each in listed:
            if each.clause not in CLAUSES:
                raise UsageError(
                    f"{path}: there is no clause {each.clause!r}; `generations-contract clauses` lists them"
                )
        return cls(path.name, {(each.clause, each.fingerprint): each for each in listed}, by_kind=by_kind)

    def why(self, clause_id: str, breach: Breach) -> str | None:
        """The reason why a breach is accepted; `None` for one that is not listed."""
        return next((each.why for each in self._listed(clause_id, breach)), None)

    def meet(self, clause_id: str, breach: Breach) -> str | None:
        """The same, and take down that it has happened again."""
        listed = self._listed(clause_id, breach)
        self.recurred.update((each.clause, each.fingerprint) for each in listed)
        return listed[0].why if listed else None

    def _listed(self, clause_id: str, breach: Breach) -> list[KnownBreach]:
        exact = self.known.get((clause_id, fingerprint(clause_id, breach)))
        if not self.by_kind:
            return [exact] if exact else []
        alike = kind(clause_id, breach)
        akin = [each for each in self.known.values() if each.clause == clause_id and each.kind == alike]
        return ([exact] if exact and exact not in akin else []) + akin

    def stale(self, played: Collection[str]) -> list[str]:
        """A line for each listed breach that did not happen although its probe was played to the end."""
        return [
            f"{self.name}: {each.clause} {each.fingerprint} no longer happens ({each.why}); remove it"
            for key, each in self.known.items()
            if key not in self.recurred and each.probe in played
        ]


# -- a file for what a run has found ----------------------------------------------------------------------


def listing(clauses: Iterable[Mapping[str, Any]], why: str) -> Iterator[str]:
    """The lines of a baseline file for the breaches in `verdicts.json` ("clauses"), all for one reason."""
    yield "# Breaches that are known and accepted for now: `--contract-baseline FILE`."
    for clause in clauses:
        for found in clause["fingerprints"]:
            yield ""
            yield "[[breach]]"
            yield f"# {printable(found['actual'], 200)}"
            for name in ("fingerprint", "kind", "probe"):
                if name == "fingerprint":
                    yield f"clause = {_toml(clause['id'])}"
                yield f"{name} = {_toml(found[name])}"
            yield f"why = {_toml(why)}"


def _toml(text: str) -> str:
    """A TOML basic string: JSON's escapes are a part of TOML's, but for DEL."""
    return json.dumps(text).replace("\x7f", "\\u007f")
