"""Faults and variants: how they register, where they attach, and that the hooks are where they should be."""

from dataclasses import replace
from typing import Any

import pytest

from generations_contract.gateway import HOOKS, Call, Fault, Gateway, fault, variant
from generations_contract.gateway import hooks as registry
from generations_contract.gateway.tampers import FAULTS, VARIANTS
from tests.gateway.gateway_helpers import Desk, header, read


def lying(*names: str) -> Desk:
    """A desk at a gateway that tells the named lies, or takes the named liberties."""
    return Desk(Gateway(tampers=[(FAULTS | VARIANTS)[name] for name in names]))


def watch(log: list[tuple[str, Any]]) -> Fault:
    """A tamper at every hook that changes nothing and notes what it is given."""

    def at(hook: str) -> registry.Tamper:
        def tamper(_: Call, value: Any) -> Any:
            log.append((hook, value))
            return value

        return tamper

    return Fault("watch", "Notes.", frozenset(), {hook: (at(hook),) for hook in HOOKS})


def test_every_hook_is_met_in_the_order_of_the_table() -> None:
    """A created, polled, dropped and downloaded generation meets all hooks, each where it is listed."""
    log: list[tuple[str, Any]] = []
    desk = Desk(Gateway(tampers=[watch(log)]))
    created = desk.create(wait=1)
    met = [hook for hook, _ in log]
    assert met == [hook for hook in HOOKS if hook in met]
    desk.gateway.dropped(created, 0.5)
    done = desk.fetch(read(created)["id"], now=9)
    desk.fetch("gen_x", now=9)
    desk.download(read(done)["output"]["media"][0]["url"], now=9)
    assert {hook for hook, _ in log} == set(HOOKS)


def test_watched_gateway_answers_as_an_unwatched_one() -> None:
    """A tamper that changes nothing changes nothing."""
    watched = Desk(Gateway(tampers=[watch([])]))
    assert watched.create(n=2) == Desk().create(n=2)


def test_table_of_hooks_is_documented() -> None:
    """The table in the docstring lists exactly the hooks there are, in order."""
    rows = [line.split("|")[1].strip() for line in (registry.__doc__ or "").splitlines() if "|" in line]
    assert tuple(rows[2:]) == HOOKS


@pytest.mark.parametrize(
    ("register", "told"),
    [
        (lambda: fault("pretty-json", breaks={"a.b"}, at="reply"), "is taken"),
        (lambda: variant("lifecycle-third-poll-a-minute-late", at="reply"), "is taken"),
        (lambda: fault("new", breaks=set(), at="reply"), "is it a variant"),
        (lambda: fault("new", breaks={"a.b"}, at="replies")(_documented), "no hook 'replies'"),
        (lambda: fault("new", breaks={"a.b"}, at="reply")(lambda _, value: value), "needs a docstring"),
    ],
)
def test_registry_refuses_what_makes_no_sense(register: Any, told: str) -> None:
    """A second owner of a name, a fault without a clause, an unknown hook, a lie without its sentence."""
    with pytest.raises(ValueError, match=told):
        register()
    assert "new" not in FAULTS


def _documented(_: Call, value: Any) -> Any:
    """A sentence."""
    return value


def test_fault_may_lie_at_several_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """`also` adds a hook to a fault that is there."""
    monkeypatch.setattr(registry, "FAULTS", {})
    lie = fault("new", breaks={"a.b"}, at="headers")(_documented)
    lie.also(at="moment")(_documented)
    assert (lie.sentence, set(lie.hooks)) == ("A sentence.", {"headers", "moment"})


def test_lifted_refusal_is_answered_leniently(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tamper that lifts every refusal gets a generation out of anything."""
    monkeypatch.setattr(registry, "FAULTS", {})

    def lift(_call: Call, _problem: Any) -> None:
        """Nothing is ever wrong."""

    desk = Desk(Gateway(tampers=[fault("new", breaks={"a.b"}, at="problem")(lift)]))
    assert read(desk.create(n=11, wait=61))["usage"]["cost_usd"] == 0.44
    for body in (b"", b"[]", b"\xff", b'{"model": 5, "input": 6}'):
        reply = desk.send("POST", "/v1/generations", body)
        assert (reply.status, read(reply)["status"]) == (200, "completed")


def test_call_counts_polls_posts_and_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tamper can tell the nth poll, and how many are held besides."""
    monkeypatch.setattr(registry, "FAULTS", {})
    seen: list[tuple[int, ...]] = []

    def note(call: Call, value: Any) -> Any:
        """Note."""
        seen.append((call.nth_post, call.nth_get, call.nth_poll, call.held, call.held_here))
        return value

    desk = Desk(Gateway(tampers=[fault("new", breaks={"a.b"}, at="window")(note)]))
    first, second = (read(desk.create("marathon-image", wait=0))["id"] for _ in range(2))
    for id_, now in ((first, 0), (first, 1), (second, 2), (first, 5.5)):
        desk.fetch(id_, 5, now=now)
    assert seen[2:] == [(2, 1, 1, 0, 0), (2, 2, 2, 1, 1), (2, 3, 1, 2, 0), (2, 4, 3, 2, 1)]


def test_unknown_key_dropped() -> None:
    """The lie accepts an unknown key at the top level, and only there."""
    desk = lying("strict-top-dropped")
    assert desk.create(seeed=1).status == 200
    assert desk.create(input={"seeed": 1}).status == 400
    assert desk.create(n=11).status == 400


def test_poll_answers_at_window_end() -> None:
    """The lie holds a GET on a finished generation, and leaves POST alone."""
    desk = lying("wait-answers-at-window-end")
    created = desk.create()
    assert created.at < 2
    assert desk.fetch(read(created)["id"], 60, now=5).at == 65


def test_third_poll_is_stale() -> None:
    """The lie shows the past on the third poll only."""
    desk = lying("lifecycle-third-poll-a-minute-late")
    id_ = read(desk.create())["id"]
    shown = [read(desk.fetch(id_, now=now))["status"] for now in (5, 6, 7, 8)]
    assert shown == ["completed", "completed", "queued", "completed"]


def test_dropped_poll_cancels() -> None:
    """The lie cancels the job for good, and consistently, but not one that has ended."""
    desk = lying("lifecycle-lost-after-drop")
    held, other = desk.create("marathon-image"), desk.create()
    desk.gateway.dropped(held, 1.0)
    desk.gateway.dropped(other, other.at + 1)
    ids = [read(reply)["id"] for reply in (held, other)]
    assert [read(desk.fetch(id_, now=9))["status"] for id_ in ids] == ["cancelled", "completed"]


def test_terminal_not_cacheable() -> None:
    """The lie changes one header of final GETs."""
    desk = lying("headers-terminal-no-store")
    created = desk.create()
    assert header(created, "cache-control") == "private, max-age=60"
    assert header(desk.fetch(read(created)["id"], now=5), "cache-control") == "no-store"


def test_variants_change_the_form_and_not_the_meaning() -> None:
    """Both together: 201 and indented JSON, the same generation."""
    free, honest = lying("created-is-201", "pretty-json").create(), Desk().create()
    assert free.status == 201
    assert b"\n" in free.body
    assert read(free) == read(honest)
    assert replace(free, status=200, body=honest.body) == honest
