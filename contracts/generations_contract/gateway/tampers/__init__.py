"""What makes the reference gateway another one: its faults, and the liberties that the contract allows.

Importing this package fills the registries of `hooks` with every fault (`faults`) and every variant (`variants`),
so whoever needs them takes them from here. The honest gateway never does.
"""

from importlib import import_module
from pkgutil import walk_packages

from generations_contract.gateway.hooks import FAULTS, VARIANTS

__all__ = ["FAULTS", "VARIANTS"]  # the registries, filled

for _module in sorted(module.name for module in walk_packages(__path__, f"{__name__}.")):
    import_module(_module)
