"""What a run does with a memory file: it looks at old generations again, tells what changed, and leaves its own.

Old generations are asked for once each, at the end, at no cost. They are judged by the clauses of a run that
compare, with what was remembered as the past: up to a day, "even hours later". What is older, or belongs to a key
that is another one now, is told and not judged.
"""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange
from generations_contract.forms.text import printable
from generations_contract.judging.clause import Clause, alone
from generations_contract.judging.judge import Judge
from generations_contract.judging.ledger import Ledger
from generations_contract.memory.file import MemoryFile
from generations_contract.memory.form import (
    LONGEST_TEXT,
    MOST_BEHAVIOURS,
    MOST_SUBJECTS,
    Generation,
    Memory,
    Observed,
)
from generations_contract.memory.notebook import Notebook, mark_of
from generations_contract.memory.past import exchanges_of
from generations_contract.probes.flows import downloads
from generations_contract.run.campaign import Campaign
from generations_contract.scripts.probe import Probe
from generations_contract.scripts.script import Fetch, Script
from generations_contract.wire.stage import Overheard, Stage

# The newest are asked for, as long as this takes no longer; of some the assets as well.
NEWEST: Final = 20
LONGEST_S: Final = 30.0
MOST_DOWNLOADS: Final = 5
# "Even hours later" (the document): what is older is nobody's promise.
JUDGED_S: Final = 86_400.0
RESUMABLE: Final = "lifecycle.resumable"
# What is remembered is enough for these to compare with; the others are asked only where they look at one answer.
COMPARING: Final = frozenset(
    {
        RESUMABLE, "lifecycle.identity", "lifecycle.forward-only", "lifecycle.terminal-final",
        "lifecycle.terminates", "billing.stable", "media.direct-url", "media.lifetime",
    }
)  # fmt: skip
_NAME: Final = "generations of earlier runs"


class _Again(NamedTuple):
    """An old generation, and what came when it was asked for."""

    known: Generation
    answer: Exchange


class Recollection:
    """The memory of one run; without a file, or on the embedded gateway, it does nothing.

    `told`: what is to be said of the file. Raises `UsageError` for a file that cannot be used.
    """

    def __init__(self, path: Path | None, target: Target, *, live: bool) -> None:
        self.told: list[str] = []
        self._target = target
        self._notebook = Notebook(target.keys)
        self._gone: set[str] = set()
        self._file: MemoryFile | None = None
        if path is not None and not live:
            self.told.append("--memory is for live targets: the embedded gateway begins anew with each run")
        elif path is not None:
            self._file = MemoryFile(path, target.base_url)
            self._before: Memory = self._file.read()
            self.told = self._file.told

    def noted(self, stage: Stage) -> Stage:
        """The stage, with a notebook of what is made on it."""
        return Overheard(stage, self._notebook.see) if self._file else stage

    # -- what earlier runs have left ----------------------------------------------------------------------

    def look_back(self, campaign: Campaign, wanted: Collection[str] = ()) -> None:
        """Ask for the newest generations of earlier runs; parallel workers leave it to the first of them."""
        first = self._notebook.first
        if self._file is None or first is None or (wanted and COMPARING.isdisjoint(wanted)):
            return
        known = self._askable(campaign.ledger)
        if not known or not campaign.spending.budget.claim("memory"):
            return
        now = first.answered_unix
        judged = [each for each in known if self._is_judged(each, now)]
        recorded = [each for each in known if not self._is_judged(each, now)]
        seen = self._ask(campaign, judged, campaign.ledger)
        self._summarise(campaign.ledger, seen)
        scratch = Ledger()
        further = self._ask(campaign, recorded, scratch)
        self._gone |= {each.known.id for each in further if each.answer.status in (404, 410)}
        for verdict in scratch.verdicts.values():
            for breach in verdict.breaches:
                what = f"{breach['expected']}; was {breach['actual']}"
                _note(campaign.ledger, verdict.clause.id, f"recorded, not judged, of more than a day: {what}")

    def _askable(self, ledger: Ledger) -> list[Generation]:
        """The newest of accounts that there still are; an id that this run was given is another generation."""
        mine = [each for each in self._before.generations if each.account in self._target.keys]
        for each in mine:
            if self._notebook.created(each.id):
                _note(
                    ledger,
                    "lifecycle.unique-ids",
                    f"{each.id} is the id of a generation of an earlier run, too",
                )
        return [each for each in mine if not self._notebook.created(each.id)][:NEWEST]

    def _is_judged(self, known: Generation, now: float) -> bool:
        same_key = known.key == mark_of(self._target.keys[known.account])
        return same_key and now - known.created_unix <= JUDGED_S

    def _ask(self, campaign: Campaign, those: list[Generation], ledger: Ledger) -> list[_Again]:
        """Fetch these once each, judged in the light of what is remembered, entered in that ledger."""
        first, client = self._notebook.first, campaign.stage.client
        if not those or first is None:
            return []
        judge = Judge(_asked())
        for known in those:
            for exchange in exchanges_of(known, first, self._target.base_url, client.terms):
                # For its memory only: what an earlier run has seen was judged by it.
                judge.judge(exchange)
        opened = Campaign(campaign.stage, judge=judge, ledger=ledger, budget=campaign.spending.budget)
        seen: list[_Again] = []
        played = opened.run(Probe(_NAME, (RESUMABLE,), lambda _: _fetched(those, seen)))
        for again in seen:
            if not again.known.ended and again.answer.terminal:
                # Its end was not seen before: from now on it is what later runs compare with.
                self._notebook.see(
                    next(exchanges_of(again.known, first, self._target.base_url, client.terms))
                )
                self._notebook.see(again.answer)
        if played.stopped_because:
            _note(campaign.ledger, RESUMABLE, f"not all {_NAME} were fetched again: {played.stopped_because}")
        for ruling, breach in played.breaches if ledger is campaign.ledger else ():
            whose = f"generation {ruling.exchange.generation_id} of an earlier run"
            _note(ledger, ruling.clause.id, f"{whose}: {breach.expected}; was {breach.actual}")
        return seen

    def _summarise(self, ledger: Ledger, seen: list[_Again]) -> None:
        if not seen:
            return
        oldest = max(each.answer.answered_unix - each.known.created_unix for each in seen)
        _note(ledger, RESUMABLE, f"{len(seen)} {_NAME} fetched again, the oldest after {_lasting(oldest)}")
        if self._file and all(each.answer.status == 404 for each in seen):
            _note(
                ledger,
                RESUMABLE,
                f"none of them is known any more; if the target was reset, remove {self._file.path}",
            )

    # -- what this run leaves -----------------------------------------------------------------------------

    def keep(self) -> None:
        """Write the generations of this run, and let go of those that are gone."""
        if self._file is not None:
            seen, gone = self._notebook.generations(), self._gone
            self._change(lambda memory: memory.with_generations(seen, gone))

    def compare(self, ledger: Ledger) -> None:
        """Tell where the target does something else now where the document is silent, and remember what it does."""
        if self._file is None:
            return
        now = _observed(ledger)
        for clause_id, subjects in now.items():
            for subject, seen in subjects.items():
                before = self._before.observed.get(clause_id, {}).get(subject, seen)
                if _changed(before, seen):
                    text = f"{subject}: {' / '.join(before)} in an earlier run, {' / '.join(seen)} now"
                    _note(ledger, clause_id, text)
        self._change(lambda memory: memory.model_copy(update={"observed": _together(memory.observed, now)}))

    def _change(self, change: Callable[[Memory], Memory]) -> None:
        try:
            if self._file is not None:
                self._file.change(change)
        except UsageError as error:
            self.told.append(str(error))


def _asked() -> Iterable[Clause]:
    """Clauses that have enough in what is remembered: no times, and nothing that only whole answers tell."""
    return [
        each
        for each in CLAUSES.values()
        if each.id in COMPARING or (each.by is alone and not each.timing and each.level != "OPEN")
    ]


def _fetched(those: list[Generation], seen: list[_Again]) -> Script[None]:
    """Each once, and the assets of some that are completed."""
    left = MOST_DOWNLOADS
    for known in those:
        answer: Exchange = yield Fetch(known.id, account=known.account)
        seen.append(_Again(known, answer))
        if answer.media and left:
            left -= 1
            yield from downloads(answer)
        if answer.answered_at - seen[0].answer.sent_at > LONGEST_S:
            return


def _observed(ledger: Ledger) -> Observed:
    return {
        verdict.clause.id: {
            _cut(subject): sorted({_cut(each) for each in behaviours})[:MOST_BEHAVIOURS]
            for subject, behaviours in list(verdict.observed.items())[:MOST_SUBJECTS]
        }
        for verdict in ledger.verdicts.values()
        if verdict.observed
    }


def _cut(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")[:LONGEST_TEXT]


def _changed(before: list[str], now: list[str]) -> bool:
    """Whether something is done that was not done before; less variety than before is chance."""
    return not set(now) <= set(before) and len(before) < MOST_BEHAVIOURS


def _together(before: Observed, now: Observed) -> Observed:
    """What was observed last, of each subject: where nothing changed, all that is known of it."""
    merged = {clause_id: dict(subjects) for clause_id, subjects in before.items()}
    for clause_id, subjects in now.items():
        known = merged.setdefault(clause_id, {})
        for subject, seen in subjects.items():
            if subject in known and not _changed(known[subject], seen):
                continue
            if subject in known or len(known) < MOST_SUBJECTS:
                known[subject] = seen
    return merged


def _lasting(seconds: float) -> str:
    """A time that is told to people: "35 min", "5.2 h", "3.1 days"."""
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} days"


def _note(ledger: Ledger, clause_id: str, text: str) -> None:
    ledger.verdicts[clause_id].notes.append(f"{clause_id}: {printable(text, 400)}")
