"""What is said of a network: which runs are inconclusive, how losses are summed up, how workers' parts merge."""

import json

import pytest

from generations_contract.judging.network import Network


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (Network(again=9, free=900, paid=25), ""),
        (Network(again=9, kept=1, free=900, paid=25), ""),
        (Network(again=9, kept=9, free=900, paid=25), "9 creations had no answer"),
        (Network(kept=1, free=900, paid=25), "1 creation had no answer"),
        (Network(again=1, starved={"wait.wakes": "lost"}), "leaves wait.wakes without exercise"),
        (Network(again=1, starved={"wait.zero-create": "lost"}), ""),
        (Network(gone="it stopped answering"), "not everything reached the gateway"),
        (Network(cuts=[(5.0, 60.0, "504")]), "not everything reached the gateway"),
    ],
)  # fmt: skip
def test_run_is_inconclusive_only_where_too_much_was_lost(network: Network, words: str) -> None:
    """Losses alone are none of that; a clause left without exercise is, and creations lost more often than chance has it."""
    why = network.inconclusive({"wait.zero-create"})
    assert (words in why) if words else why == ""


def test_networks_of_parallel_workers_merge() -> None:
    """Counts add up, lines that are the same are told once, and nothing is lost on the way as JSON."""
    one, other = Network(again=2, kept=1, free=10), Network(again=3, cuts=[(5.0, 60.0, "504")], gone="gone")
    for each in (one, other):
        each.remark("this machine's clock is 2 min behind")
        each.pages["nginx with 502"] += 1
    one.merge(json.loads(json.dumps(other.to_dict())))
    assert (one.again, one.kept, one.free, one.gone) == (5, 1, 10, "gone")
    assert (one.cuts, one.pages, len(one.remarks)) == ([(5.0, 60.0, "504")], {"nginx with 502": 2}, 1)
