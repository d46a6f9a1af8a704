"""Section auth: who may create and who may read."""

import re
from typing import Final

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import GENERATIONS_PATH, WAIT_MAX_S
from generations_contract.exchange.credentials import BEARER, INVALID_KEYS, MISSING_KEY, WRONG_SCHEMES
from generations_contract.probes.flows import MIDDLE_S, NEVER_WAS, reread, windows
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Fetch, Raw, Script, until_terminal

_LONG_ID: Final = 16
# A number at the end that may count up: what is left of it is another generation's ("eu-west-prod-1234").
_COUNTER: Final = re.compile(r"(?:^|[^0-9A-Za-z])[A-Za-z]*[0-9]{1,15}\Z", re.ASCII)
_BAD_CREDENTIALS = (*MISSING_KEY, *sorted(INVALID_KEYS | WRONG_SCHEMES))


@probe("auth.missing-key", depth="free")
def test_no_key_is_unauthenticated(target: Target) -> Script[None]:
    """Without `Authorization` neither operation answers with anything but 401."""
    for model in filter(None, (target.models.image, target.models.video)):
        yield Create(target.request(model, wait=0), credential="missing")
        yield Create(target.request(model), credential="missing")
    for wait in (None, 0, 5):
        yield Fetch(NEVER_WAS, wait=wait, credential="missing", intent="unknown-id")


@probe("auth.invalid-key", depth="free", cases={name: name for name in sorted(INVALID_KEYS)})
def test_a_key_that_is_not_quite_good_is_unauthenticated(target: Target, credential: str) -> Script[None]:
    """A prefix, an extension, a case variant of a good key, an empty and an unknown one: 401."""
    for account in ("main", "other"):
        if account in target.keys:
            yield Create(target.request(wait=0), account=account, credential=credential)
            yield Fetch(NEVER_WAS, account=account, credential=credential, intent="unknown-id")


@probe("auth.scheme", depth="free", cases={name: name for name in sorted(WRONG_SCHEMES)})
def test_the_key_counts_only_as_a_bearer_token(target: Target, credential: str) -> Script[None]:
    """The good key under another scheme, or bare, is refused."""
    yield Create(target.request(wait=0), credential=credential)
    yield Fetch(NEVER_WAS, credential=credential, intent="unknown-id")


@probe("auth.before-validation", "auth.key-never-echoed", depth="free")
def test_authentication_comes_before_everything_else(target: Target) -> Script[None]:
    """Callers without a good key learn nothing about bodies and ids."""
    bodies = (b"", b"{", b"[]", b'{"model": 1}', b'{"unknown": true}')
    for credential in ("missing", "unknown", "extension", "bare"):
        for body in bodies:
            yield Create(body, credential=credential)
        yield Create({**target.request(), "wait": WAIT_MAX_S + 1}, credential=credential)
        yield Fetch(NEVER_WAS, wait=WAIT_MAX_S + 1, credential=credential, intent="unknown-id")
        yield Fetch(NEVER_WAS, wait="x", credential=credential, intent="unknown-id")


@probe("auth.key-never-echoed", depth="free")
def test_errors_do_not_repeat_the_key(target: Target) -> Script[None]:
    """Neither refusals nor errors of other paths show the key that came with the request."""
    yield Create(b'{"model": ')
    yield Create({**target.request(), "api_key": "x"})
    yield Fetch(NEVER_WAS, intent="unknown-id")
    yield Raw("DELETE", f"{GENERATIONS_PATH}/{NEVER_WAS}")
    yield Raw("GET", "/v1/nothing-here")


@probe("auth.missing-key", "auth.invalid-key", "auth.scheme", depth="quick")
def test_an_existing_generation_is_read_only_with_its_key(target: Target) -> Script[None]:
    """GET of a generation that exists needs its own account's key as much as POST does, in every state.

    And its own id, whole: what only begins like it never was.
    """
    created = yield Create(target.request(wait=0, n=2))
    if created.generation_id:
        yield from _trespass(target, created.generation_id)
        last = yield from until_terminal(created, wait=1)
        yield from _trespass(target, created.generation_id)
        if _is_drawn(created.generation_id):
            for like in (created.generation_id[:-1], created.generation_id + "0"):
                yield Fetch(like, wait=0, intent="unknown-id")
        yield from reread(last)
        yield from _share_urls(target, created.generation_id)


def _is_drawn(generation_id: str) -> bool:
    """Whether an id is certainly none of many that are much alike."""
    return len(generation_id) >= _LONG_ID and not _COUNTER.search(generation_id)


@probe("auth.foreign-generation", needs=("keys.other",), depth="deep")
def test_another_account_never_reads_a_generation(target: Target) -> Script[None]:
    """To another account's key a generation looks like an id that never was, before and after its end.

    Asking for the very same gives the other account one of its own.
    """
    body = target.request(wait=0)
    created = yield Create(body)
    yield from until_terminal((yield Create(body, account="other")), account="other")
    if created.generation_id:
        for wait in windows(None, 0, 1, 30):
            yield Fetch(created.generation_id, wait=wait, account="other")
        yield from until_terminal(created)
        for wait in windows(None, 0, 30):
            yield Fetch(created.generation_id, wait=wait, account="other")
            yield Fetch(created.generation_id, wait=wait)


@probe("auth.foreign-generation", needs=("keys.other",), depth="deep")
def test_the_first_account_never_reads_a_picture_of_the_other_one(target: Target) -> Script[None]:
    """The same the other way round: no account is more equal, and each pays for its own."""
    yield from _of_the_other_account(target, target.models.image)


@probe("auth.foreign-generation", needs=("keys.other", "models.video"), depth="deep")
def test_the_first_account_never_reads_a_clip_of_the_other_one(target: Target) -> Script[None]:
    """On video as well."""
    yield from _of_the_other_account(target, target.models.video)


def _of_the_other_account(target: Target, model: str | None) -> Script[None]:
    created = yield Create(target.request(model, wait=0), account="other")
    if created.generation_id:
        yield Fetch(created.generation_id)
        yield Fetch(created.generation_id, wait=2)
        last = yield from until_terminal(created, account="other")
        yield Fetch(created.generation_id, wait=0)
        yield from reread(last, account="other")


def _share_urls(target: Target, generation_id: str) -> Script[None]:
    """What something on the way keeps by the URL: the owner's answer for strangers, their refusal for the owner."""
    path = f"{GENERATIONS_PATH}/{generation_id}"
    foreign = [("other", BEARER)] if "other" in target.keys else []
    for wait in windows(None, MIDDLE_S):
        yield Fetch(generation_id, wait=wait)
        for account, credential in (*foreign, *(("main", each) for each in _BAD_CREDENTIALS)):
            yield Fetch(generation_id, wait=wait, account=account, credential=credential)
    for account, credential in (("main", BEARER), *foreign, ("main", "missing"), ("main", "unknown")):
        yield Raw("HEAD", path, account=account, credential=credential)
    strangers = [*foreign, ("main", "missing"), ("main", "unknown")]
    for wait, (account, credential) in zip(windows(3, 4, 6), strangers, strict=False):
        yield Fetch(generation_id, wait=wait, account=account, credential=credential)
        yield Fetch(generation_id, wait=wait)


def _trespass(target: Target, generation_id: str) -> Script[None]:
    """Read a generation with every key but its own; auth.foreign-generation judges the other account's."""
    for credential in _BAD_CREDENTIALS:
        yield Fetch(generation_id, wait=0, credential=credential)
    if "other" in target.keys:
        yield Fetch(generation_id, account="other")
        yield Fetch(generation_id, wait=5, account="other")
