"""Every clause of the contract, one module per section; importing this package registers them all.

Never here: I/O, a clock, or anything but exchanges to judge by. The siblings are found by listing the
package, so that a new file needs no second edit; those that hold no clause hold what clauses share.
"""

import pkgutil
from importlib import import_module

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
