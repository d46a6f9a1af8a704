"""The fault catalogue: each one realistic lie of a backend team, and exactly the clauses that it breaks.

One module for each section of the contract; importing this package fills the registries of `hooks`. A fault
tells one lie and is consistent otherwise: a true snapshot of the wrong moment rather than an edited field,
wherever that can be. What a fault breaks is declared by reading the contract, never by running the clauses;
the matrix (`python -m tests.matrix`) then holds the declaration against the run. No clause is imported here.
"""

from importlib import import_module
from pkgutil import iter_modules

from generations_contract.gateway.hooks import FAULTS, VARIANTS

__all__ = ["FAULTS", "VARIANTS"]  # the registries, filled

for _module in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
import_module("generations_contract.gateway.tampers.variants")
