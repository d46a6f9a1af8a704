"""Documented fields with wrong values: type, range, length, form. One mutation per wrong value.

Left out, because the contract leaves them open: `null` for an optional field, integral floats, an `n` out of
range on a video model, wrong values of a field that the model ignores, text that is longer or shorter than
8000 by what one counts.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from generations_contract.api.vocabulary import IMAGES_MAX, N_MAX, PROMPT_LENGTH_MAX, WAIT_MAX_S, Modality
from generations_contract.strategies.base import Base, literal
from generations_contract.strategies.boundaries import BOTH, IMAGE, VIDEO
from generations_contract.strategies.mutations.mutation import Break, Mutation, blamed, drops, sets
from generations_contract.strategies.texts import COMPOSED, SAMPLES, tiled
from generations_contract.strategies.usual import FURTHER, beyond

# By JSON type: wrong values for a field that does not take that type.
BOOLEANS: Final = {"true": True, "false": False}
CONTAINERS: Final[Mapping[str, Any]] = {"array": [], "object": {}}
NOT_TEXT: Final = {**BOOLEANS, "number": 5, "fraction": 1.5, "zero": 0, **CONTAINERS}
NOT_NUMBER: Final = {**BOOLEANS, "digits": "5", "text": "five", "empty": "", **CONTAINERS}

WRONG_WAITS: Final[Mapping[str, Any]] = {
    "-1": -1,
    "-0.001": -0.001,
    "61": WAIT_MAX_S + 1,
    "60.001": 60.001,
    "3600": 3600,
    "60000": 60_000,
    "1e400": literal("1e400"),
    "-1e400": literal("-1e400"),
    "text-60": "60",
    "text-0": "0",
    "upper-auto": "AUTO",
    "capital-auto": "Auto",
    "leading-space-auto": " auto",
    "trailing-space-auto": "auto ",
    "automatic": "automatic",
    "aut": "aut",
    "text-5s": "5s",
    "text-null": "null",
    "array-auto": ["auto"],
    **NOT_NUMBER,
}
WRONG_COUNTS: Final[Mapping[str, Any]] = {
    "0": 0,
    "-1": -1,
    "11": N_MAX + 1,
    "100": 100,
    "20-digits": 10**20,
    "1e400": literal("1e400"),
    "1.5": 1.5,
    "0.5": 0.5,
    "10.5": 10.5,
    "array-1": [1],
    **NOT_NUMBER,
}
WRONG_RATIOS: Final = {
    "cross": "16x9",
    "slash": "16/9",
    "no-height": "16:",
    "no-width": ":9",
    "three-parts": "16:9:1",
    "letters": "a:b",
    "empty": "",
    "fullwidth-colon": "16\uff1a9",
    "quotient": "1.78",
    "word": "landscape",
    "negative": "-16:9",
    "single": "16",
}
WRONG_SIZES: Final = {
    "single": "1024",
    "no-height": "1024x",
    "no-width": "x1024",
    "colon": "1024:1024",
    "three-parts": "1024x1024x3",
    "letters": "axb",
    "word": "large",
    "empty": "",
    "negative": "-1024x1024",
    "unit": "1024pxx1024px",
}


def _family(
    name: str,
    clause: str,
    values: Mapping[str, Any],
    modalities: frozenset[Modality] = BOTH,
    *,
    takes_size: bool = False,
) -> Iterator[Mutation]:
    for label, value in values.items():
        yield Mutation(
            f"{name}={label}", clause, sets(name, value), blamed(name), modalities, takes_size=takes_size
        )


def _required() -> Iterator[Mutation]:
    for name, clause in {
        "model": "request.model-required",
        "input": "request.input-required",
        "prompt": "request.prompt-length",
    }.items():
        yield Mutation(f"{name}-missing", clause, drops(name), blamed(name))
        yield Mutation(f"{name}=null", clause, sets(name, None), blamed(name))
    yield from _family("model", "request.model-required", NOT_TEXT)
    yield from _family("prompt", "request.prompt-length", {**NOT_TEXT, "array-of-text": ["a sunset"]})
    wrong_inputs = {**BOOLEANS, "number": 5, "text": "a sunset", "array": [], "empty-text": ""}
    yield from _family("input", "request.input-required", wrong_inputs)
    for name, clause in {"model": "request.model-required", "input": "request.input-required"}.items():
        yield Mutation(f"{name}=array-around", clause, _wraps(name), name)


def _wraps(name: str) -> Break:
    return lambda request, _base: {**request, name: [request[name]]}


def _prompt_lengths() -> Iterator[Mutation]:
    lengths = {"empty": ""}
    for name, sample in SAMPLES.items():
        if name != COMPOSED:
            lengths[f"{PROMPT_LENGTH_MAX + 1}-{name}"] = tiled(sample, PROMPT_LENGTH_MAX + 1)
    for length in (2 * PROMPT_LENGTH_MAX, 100_000):
        lengths[f"{length}-ascii"] = tiled(SAMPLES["ascii"], length)
    yield from _family("prompt", "request.prompt-length", lengths)


def _images() -> Iterator[Mutation]:
    def many(count: int) -> Break:
        return lambda request, base: sets("images", [base.reference] * count)(request, base)

    def with_entry(entry: object) -> Break:
        return lambda request, base: sets("images", [base.reference, entry])(request, base)

    def alone(request: dict[str, Any], base: Base) -> Any:
        return sets("images", base.reference)(request, base)

    clause, place = "request.images-limit", "input.images"
    for count in (IMAGES_MAX + 1, 2 * IMAGES_MAX, 100):
        yield Mutation(f"images={count}", clause, many(count), place)
    yield Mutation("images=url", clause, alone, place)
    yield from _family("images", clause, {**BOOLEANS, "number": 5, "object": {}, "text": ""})
    entries: dict[str, Any] = {
        "null": None,
        "number": 5,
        "true": True,
        "array": [],
        "object": {"url": "https://images.example/"},
    }
    for label, entry in entries.items():
        yield Mutation(f"images=with-{label}", clause, with_entry(entry), place)
        yield Mutation(f"images=only-{label}", clause, sets("images", [entry]), place)


def _types() -> Iterator[Mutation]:
    clause = "request.field-types"
    yield from _family("aspect_ratio", clause, {**NOT_TEXT, "pair": [16, 9], "quotient": 1.78})
    yield from _family("size", clause, {**NOT_TEXT, "pair": [1024, 1024]}, takes_size=True)
    yield from _family("duration", clause, {**BOOLEANS, **CONTAINERS, "array-8": [8]}, VIDEO)
    yield from _family("resolution", clause, {**NOT_TEXT, "lines": 720}, VIDEO)
    yield from _family("seed", clause, {**NOT_NUMBER, "fraction": 1.5, "array-42": [42]})
    yield from _family("negative_prompt", clause, {**NOT_TEXT, "array-of-text": ["blurry"]}, IMAGE)


def _further() -> Iterator[Mutation]:
    """Wrong types and values of a field that no row is written for, by its schema."""
    for name, schema in FURTHER.items():
        wrong = {"string": NOT_TEXT, "integer": {**NOT_NUMBER, "fraction": 1.5}, "number": NOT_NUMBER}
        others = wrong.get(str(schema.get("type")), CONTAINERS)
        yield from _family(name, "request.field-types", {**others, **beyond(schema)})


def _unknown_models() -> Iterator[Mutation]:
    names: dict[str, Callable[[Base], str]] = {
        "upper-case": lambda base: base.model.upper(),
        "title-case": lambda base: base.model.title(),
        "leading-space": lambda base: f" {base.model}",
        "trailing-space": lambda base: f"{base.model} ",
        "trailing-newline": lambda base: f"{base.model}\n",
        "suffix": lambda base: f"{base.model}-unlisted",
        "zero-width": lambda base: f"{base.model}\u200b",
        "empty": lambda _base: "",
        "no-such": lambda _base: "no-such-model",
    }
    for label, rename in names.items():
        yield Mutation(f"model={label}", "request.unknown-model", _renamed(rename), "model")


def _renamed(rename: Callable[[Base], str]) -> Break:
    return lambda request, base: {**request, "model": rename(base)}


def _catalogue() -> Iterator[Mutation]:
    yield from _required()
    yield from _prompt_lengths()
    yield from _family("n", "request.n-range", WRONG_COUNTS, IMAGE)
    yield from _family("wait", "request.wait-range", WRONG_WAITS)
    yield from _images()
    yield from _types()
    yield from _family(
        "aspect_ratio", "request.aspect-ratio-form", {f"form-{k}": v for k, v in WRONG_RATIOS.items()}
    )
    yield from _family(
        "size", "request.size-form", {f"form-{k}": v for k, v in WRONG_SIZES.items()}, takes_size=True
    )
    yield from _unknown_models()
    yield from _further()


FIELD_MUTATIONS: Final = tuple(_catalogue())
