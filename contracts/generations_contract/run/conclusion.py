"""What a run does on a live target when all else is played: replay what broke or was lost, fetch everything once more.

Last, because it may cost: what is left of the budget has nothing better to do by then. A breach that does not
happen again stays a breach; whoever looks for it must know that it comes and goes. One that several scripts
met has happened again already, and a breach of timing counts only if it was seen twice (`campaign`).
"""

from typing import Any, Final

from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.exchange.exchange import Asset, Exchange
from generations_contract.judging.ledger import Ledger
from generations_contract.run.campaign import Campaign
from generations_contract.run.generations import Made
from generations_contract.run.performance import Performance
from generations_contract.scripts.script import Download, Fetch, Script, Together, create_and_follow, once

# Of a target that breaks everything not everything is played again.
MOST_REPLAYS: Final = 12
# How long to wait for generations that no script followed to the end.
BILL_WAIT_S: Final = 20
# Generations that are fetched once more, and downloads among them: free, but not of time.
MOST_FETCHED: Final = 500
FETCHED_AT_ONCE: Final = 10
MOST_DOWNLOADED: Final = 50
_ACCEPTED: Final = "request.documented-accepted"


def conclude(campaign: Campaign, *, replay: bool = True) -> None:
    """Replay each breach once, as far as there is money, and settle the bills; say what the profile may miss."""
    if campaign.stage.virtual:
        return
    campaign.settle()
    for performance in list(campaign.lost) if replay else ():
        _begin_anew(campaign, performance)
    models = campaign.target.models
    for key in ("image", "video", "slow"):
        model = getattr(models, key)
        if model in campaign.spending.never_accepted:
            told = f"no request for {model} was accepted; has the target such a model? ([models] {key})"
            _note(campaign, _ACCEPTED, told)
    for turn, (performance, due) in enumerate(_due(campaign) if replay else ()):
        _replay(campaign, performance, due, tired=turn >= MOST_REPLAYS)
    for model in campaign.generations.never_completed if replay else ():
        _one_more(campaign, model)
    if unbilled := campaign.spending.unbilled:
        polls = (once(Fetch(one, wait=BILL_WAIT_S, account=whose)) for one, whose in unbilled)
        campaign.perform(once(Together(tuple(polls))), "bills of what no script followed", "billing")
    _fetch_again(campaign)


def _one_more(campaign: Campaign, model: str) -> None:
    """Before it is said that nothing completes on a model: one creation more, as far as there is money."""
    if campaign.spending.budget.claim(f"completes {model}"):
        body = campaign.target.request(model, wait=WAIT_MAX_S)
        campaign.perform(create_and_follow(body), f"one more creation on {model}", "lifecycle")


def _fetch_again(campaign: Campaign) -> None:
    """Every generation once more, and what it lists: GETs are free, and "even hours later" begins now."""
    made = campaign.generations.made[-MOST_FETCHED:]
    for first in range(0, len(made), FETCHED_AT_ONCE):
        readers = (
            _read_again(one, turn + first) for turn, one in enumerate(made[first : first + FETCHED_AT_ONCE])
        )
        campaign.perform(once(Together(tuple(readers))), "every generation once more", "lifecycle")


def _read_again(made: Made, turn: int) -> Script[None]:
    # A long window is as good as none on what has ended, and what has not is not waited for.
    seen: Exchange = yield Fetch(made.id, wait=None if turn % 2 else 0, account=made.account)
    entry = next((each for each in seen.media if isinstance(each.get("url"), str)), None)
    if entry is not None and turn < MOST_DOWNLOADED:
        yield Download(entry["url"], Asset(made.id, seen.media.index(entry), entry))


def nothing_accepted(ledger: Ledger) -> bool:
    """Whether good requests were sent and none was accepted: a run that has seen next to nothing of a target."""
    return not ledger.generations.total() and bool(ledger.verdicts[_ACCEPTED].notes)


def _due(campaign: Campaign) -> list[tuple[Performance[Any], frozenset[str]]]:
    """The performances to replay, each with the clauses that it alone broke, among all parallel workers."""
    met: dict[str, list[Performance[Any]]] = {}
    for performance in campaign.broken:
        for clause_id in performance.broken:
            verdict = campaign.ledger.verdicts[clause_id]
            if verdict.broken and not verdict.clause.timing:
                met.setdefault(clause_id, []).append(performance)
    due: dict[int, tuple[Performance[Any], set[str]]] = {}
    for clause_id, those in met.items():
        if not campaign.spending.budget.claim(f"replay {clause_id}"):
            continue
        if len(those) > 1:
            _note(campaign, clause_id, f"{len(those)} scripts met it, so none was replayed")
        else:
            due.setdefault(id(those[0]), (those[0], set()))[1].add(clause_id)
    return [(performance, frozenset(clauses)) for performance, clauses in due.values()]


def _begin_anew(campaign: Campaign, first: Performance[Any]) -> None:
    """Play anew what was lost on the way, with money of its own, where nothing else has exercised what it is about."""
    ledger = campaign.ledger
    unseen = set(first.about) - ledger.exercised
    if unseen and not ledger.network.gone and campaign.spending.budget.claim(f"anew {first.name}"):
        campaign.begin_anew(first)


def _replay(campaign: Campaign, first: Performance[Any], due: frozenset[str], *, tired: bool) -> None:
    if tired or first.again is None:
        outcomes = dict.fromkeys(
            due, f"not replayed: {MOST_REPLAYS} others were" if tired else "not replayed"
        )
    else:
        replay = campaign.perform(first.again(), first.name, first.section, first.about, due)
        missed = (
            f"not replayed: {replay.stopped_because or 'the script could not go on'}"
            if replay.stopped_because or replay.error
            else "replayed once: it did not happen again; it comes and goes"
        )
        outcomes = {
            each: "replayed once: it happened again" if each in replay.broken else missed for each in due
        }
    for clause_id, outcome in sorted(outcomes.items()):
        _note(campaign, clause_id, f"{outcome} ({first.name})")


def _note(campaign: Campaign, clause_id: str, text: str) -> None:
    campaign.ledger.verdicts[clause_id].notes.append(f"{clause_id}: {text}")
