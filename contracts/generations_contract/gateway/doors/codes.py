"""Which model, key or prompt of a catalogue gives which error code: found by what each does, not by its name."""

from collections.abc import Iterator

from generations_contract.gateway.catalogue import Catalogue
from generations_contract.gateway.codes import STATUS_OF_CODE


def ways_to(catalogue: Catalogue) -> Iterator[tuple[str, int, str]]:
    """(code, HTTP status, how to get it) for each of the document's codes; what the catalogue cannot give says so."""
    found = {**dict(_by_accounts(catalogue)), **dict(_by_models(catalogue))}
    found["invalid_input"] = 'an unknown field, as "stream": false'
    found["unauthenticated"] = "no key, or any key that is not listed"
    found["not_found"] = "GET of an id that never was, as gen_00000000000000000000000000"
    phrases = catalogue.house.rejected_phrases
    if phrases:
        found["content_policy"] = f'the prompt "{phrases[0]}"'
    for code, status in STATUS_OF_CODE.items():
        yield (
            code,
            status,
            found.get(code, "--scenario poll-5xx, or creation-500: this gateway has no bugs of its own"),
        )


def _by_models(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for model in catalogue.models.values():
        if model.restricted:
            yield "model_unavailable", f'the model "{model.id}"'
        elif model.outcome not in ("completed", "cancelled"):
            way = "as the HTTP status" if model.failure_shows_as == "http" else "as a failed resource"
            yield model.outcome, f'the model "{model.id}", {way}'


def _by_accounts(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for account in catalogue.accounts.values():
        if account.credit_usd == 0:
            yield "insufficient_quota", f"the key {account.key}"
        if account.rate is not None:
            rate = account.rate
            yield (
                "rate_limited",
                f"the key {account.key}, more than {rate.posts} POSTs in {rate.window_s:g} s",
            )
