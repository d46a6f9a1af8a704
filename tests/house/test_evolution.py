"""`python -m tests.evolution`: an edit of a schema alone changes what is sent and judged. CI plays them all."""

import copy

from generations_contract.api.schema_files import NAMES, load
from tests.evolution import Outcome, Played, evolve, table
from tests.evolution_edits import EDITS


def test_every_edit_changes_the_schemas_and_names_what_breaks() -> None:
    """Each alters a file, each has clauses that somebody who does not follow breaks, each has a name of its own."""
    before = {name: load(name) for name in NAMES}
    for edit in EDITS:
        after = copy.deepcopy(before)
        edit.apply(after)
        assert after != before, edit.name
        assert edit.breaks
    assert len({edit.name for edit in EDITS}) == len(EDITS) >= 16


def test_edit_is_played_both_ways() -> None:
    """A new optional field is sent anew; who does not follow breaks its clause, who follows is left in peace."""
    outcome = evolve("optional quality, listed", Played(frozenset({"none"}), {}))
    assert outcome.wrong == ()
    assert outcome.anew > 900
    assert outcome.strays["request.documented-accepted"] > 10
    assert not outcome.follows


def test_table_tells_what_is_wrong() -> None:
    """A clause that should have broken, and one that should not have, are lines of their own."""
    wrong = ("not broken by what strays: request.n-range",)
    lines = list(table([Outcome("n at most 8", 3, 2, {}, {"request.n-range": 1}, wrong)]))
    assert "breaks request.n-range; nothing" in lines[1]
    assert lines[2].strip() == wrong[0]
