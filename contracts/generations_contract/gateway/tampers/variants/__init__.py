"""The benign variants: liberties that the contract allows, which no clause may hold against a gateway.

One module for each kind of liberty; importing this package registers all of them in `hooks.VARIANTS`. A
variant must stay benign in the company of any others, because the tests draw sets of them. What a clause
calls a breach here is a false alarm of that clause, never a reason to tame the variant.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
