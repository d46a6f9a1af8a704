"""Documented fields with wrong values, and required ones left out: one mutation per value that `values` finds wrong.

Left out, because the contract leaves them open, and the oracle says so: `null` for an optional field, integral
floats, wrong values of a field that the model ignores, text that is longer or shorter by what one counts. By hand
are only the names of models that do not exist: no schema lists those that do.
"""

from collections.abc import Callable, Iterator
from typing import Final

from generations_contract.oracle.annotations import Break
from generations_contract.oracle.fields import FIELDS
from generations_contract.strategies.base import Base
from generations_contract.strategies.mutations.mutation import Mutation, drops, sets
from generations_contract.strategies.values import wrong

UNKNOWN_MODEL: Final = Break("request.unknown-model", "SHOULD")


def _catalogue() -> Iterator[Mutation]:
    for name, one in FIELDS.items():
        if one.required:
            yield Mutation(f"{name}-missing", one.breaks("required"), drops(name), one.where)
        for label, each in wrong(name).items():
            field = None if each.everywhere else one
            yield Mutation(f"{name}={label}", each.broken, sets(name, each.value), one.where, field)
    yield from _unknown_models()


def _unknown_models() -> Iterator[Mutation]:
    names: dict[str, Callable[[Base], str]] = {
        "upper-case": lambda base: base.model.upper(),
        "title-case": lambda base: base.model.title(),
        "leading-space": lambda base: f" {base.model}",
        "trailing-space": lambda base: f"{base.model} ",
        "trailing-newline": lambda base: f"{base.model}\n",
        "suffix": lambda base: f"{base.model}-unlisted",
        "zero-width": lambda base: f"{base.model}\u200b",
        "no-name": lambda _base: "",
        "no-such": lambda _base: "no-such-model",
    }
    for label, rename in names.items():
        yield Mutation(
            f"model={label}",
            UNKNOWN_MODEL,
            lambda request, base, rename=rename: {**request, "model": rename(base)},  # type: ignore[misc]
            "model",
        )


FIELD_MUTATIONS: Final = tuple(_catalogue())
