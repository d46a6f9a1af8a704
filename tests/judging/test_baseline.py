"""Known breaches: what is listed is waived, what is new fails, what no longer happens fails too."""

from pathlib import Path

import pytest

from generations_contract.api.usage import UsageError
from generations_contract.clauses import CLAUSES
from generations_contract.judging.baseline import Baseline, fingerprint, kind, listing
from generations_contract.judging.clause import Breach, Ruling
from generations_contract.judging.ledger import Ledger
from tests.report.report_helpers import content_of
from tests.support.exchanges import answered

CLAUSE = "headers.cache-terminal"
KNOWN = Breach("Cache-Control: private, max-age=60", "no-store")


def baseline(tmp_path: Path, *breaches: Breach, probe: str = "test_headers::test_x") -> Baseline:
    """A baseline file that lists these breaches, read."""
    path = tmp_path / "known.toml"
    path.write_text(
        "".join(
            f'[[breach]]\nclause = "{CLAUSE}"\nfingerprint = "{fingerprint(CLAUSE, each)}"\n'
            f'why = "ticket 4711"\nprobe = "{probe}"\n'
            for each in breaches
        )
    )
    return Baseline.load(path)


def entered(known: Baseline | None, *found: Breach) -> Ledger:
    """A ledger with these breaches, of one probe that was played."""
    ledger = Ledger(baseline=known)
    ledger.enter([Ruling(CLAUSES[CLAUSE], answered({}), (each,)) for each in found], "test_headers::test_x")
    ledger.played.add("test_headers::test_x")
    return ledger


def test_baseline_waives_what_it_lists(tmp_path: Path) -> None:
    """The clause is waived, with the reason of the file, and the run is not broken."""
    ledger = entered(baseline(tmp_path, KNOWN), KNOWN)
    assert ledger.verdicts[CLAUSE].state == "waived"
    assert ledger.verdicts[CLAUSE].forgiveness == "ticket 4711"
    assert ledger.failing == ledger.stale == []


def test_baseline_does_not_waive_what_is_new(tmp_path: Path) -> None:
    """Another breach of the same clause breaks it."""
    ledger = entered(baseline(tmp_path, KNOWN), KNOWN, Breach("private", "public"))
    assert ledger.verdicts[CLAUSE].state == "broken"
    assert [each["waived"] for each in ledger.verdicts[CLAUSE].breaches] == [True, False]


def test_baseline_fails_on_what_no_longer_happens(tmp_path: Path) -> None:
    """A listed breach that its probe did not find again is stale; the line says what to remove."""
    [line] = entered(baseline(tmp_path, KNOWN)).stale
    assert (
        line
        == f"known.toml: {CLAUSE} {fingerprint(CLAUSE, KNOWN)} no longer happens (ticket 4711); remove it"
    )


def test_baseline_does_not_miss_what_was_not_tried(tmp_path: Path) -> None:
    """Where the probe was not played (another depth, a cut budget) nothing is stale."""
    assert entered(baseline(tmp_path, KNOWN, probe="test_headers::test_other")).stale == []


def test_baseline_holds_across_parallel_workers(tmp_path: Path) -> None:
    """What one worker met again is not stale for all, and its waiver is kept."""
    worker, whole = entered(baseline(tmp_path, KNOWN), KNOWN), Ledger(baseline=baseline(tmp_path, KNOWN))
    whole.merge(worker.to_dict())
    assert whole.stale == whole.failing == []
    assert whole.verdicts[CLAUSE].forgiveness == "ticket 4711"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("held 63.2 s, asked for 60 s", "held 61.917 s, asked for 60 s", True),
        ("id gen_01KPG7CJG071YQY9P0M0AWDG6V", "id gen_01KPG7CJG071YQY9P0M0AWAAAA", True),
        ("at 2026-04-18T12:00:00Z", "at 2027-01-01T00:00:00.123+01:00", True),
        ("sig=REDACTED-0123456789ab", "sig=REDACTED-ba9876543210", True),
        ("prompt 'a lighthouse, take 4fa1c2-7'", "prompt 'a lighthouse, take 00ffee-12'", True),
        ("200 completed", "201 completed", False),
        ("400 invalid_input: n is 11", "400 invalid_input: n is 0", False),
        ("unknown key 'N'", "unknown key 'Wait'", False),
    ],
)
def test_fingerprint_is_of_what_stays(one: str, other: str, same: bool) -> None:
    """Moments, durations, ids and signatures differ from run to run; statuses, keys and limits do not."""
    first, second = (fingerprint(CLAUSE, Breach("x", text)) for text in (one, other))
    assert (first == second) is same


def test_listing_is_a_baseline_for_the_run_it_comes_from(tmp_path: Path) -> None:
    """`generations-contract baseline verdicts.json` writes the file that accepts exactly that run."""
    hostile = Breach('quote " and \x7f', "line\nbreak \u202e ' \\ ]]")
    path = tmp_path / "known.toml"
    path.write_text("\n".join(listing(content_of(entered(None, KNOWN, hostile))["clauses"], 'a "reason"')))
    again = entered(Baseline.load(path), KNOWN, hostile)
    assert again.failing == again.stale == []
    assert again.verdicts[CLAUSE].forgiveness == 'a "reason"'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("breach = 1", "breach: Input should be a valid list"),
        ("[[breach]]\nclause = 'x'", "breach.1.fingerprint is missing"),
        ("[[breach]]\nclause='x'\nfingerprint='0123456789ab'\nwhy=' '", "breach.1.why: String should match"),
        ("[[breach]]\nclause='no.such'\nfingerprint='0123456789ab'\nwhy='x'", "there is no clause 'no.such'"),
        ("[[breach]]\nclause='x'\nfinger='0'", "breach.1"),
        ("[[", "is no TOML"),
    ],
)
def test_baseline_that_cannot_be_used_is_one_line(text: str, told: str, tmp_path: Path) -> None:
    """A reason is required, and every mistake is named with its place."""
    path = tmp_path / "known.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        Baseline.load(path)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value).removesuffix("\n")


ONE, ANOTHER = (
    Breach(f"400 invalid_input: unknown key '{key}'", actual)
    for key, actual in (("Model", "200 queued"), ("colour", "201 completed"))
)


def test_kind_is_what_all_that_should_be_refused_have_in_common() -> None:
    """Whichever key it was, in whatever state it was accepted; another status expected, or clause, is another."""
    clause_id = "strict.top-level"
    assert fingerprint(clause_id, ONE) != fingerprint(clause_id, ANOTHER)
    assert kind(clause_id, ONE) == kind(clause_id, ANOTHER)
    assert kind(clause_id, ONE) != kind("strict.nested", ONE)
    assert kind(clause_id, ONE) != kind(clause_id, Breach("403: x", "200 queued"))
    assert kind(CLAUSE, KNOWN) == fingerprint(CLAUSE, KNOWN)


@pytest.mark.parametrize(("by_kind", "state", "stale"), [(True, "waived", 0), (False, "broken", 1)])
def test_baseline_of_a_paid_target_goes_by_kind(
    tmp_path: Path, by_kind: bool, state: str, stale: int
) -> None:
    """Which of many cases is asked there is chance: another one of the kind is the listed one, and no news."""
    ledger = Ledger()
    ledger.enter([Ruling(CLAUSES["strict.top-level"], answered({}), (ONE,))], "test_strict::test_x")
    path = tmp_path / "known.toml"
    path.write_text("\n".join(listing(content_of(ledger)["clauses"], "ticket")))
    again = Ledger(baseline=Baseline.load(path, by_kind=by_kind))
    again.enter([Ruling(CLAUSES["strict.top-level"], answered({}), (ANOTHER,))], "test_strict::test_x")
    again.played.add("test_strict::test_x")
    assert (again.verdicts["strict.top-level"].state, len(again.stale)) == (state, stale)
