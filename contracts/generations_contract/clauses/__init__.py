"""Every clause of the contract, one module or folder per section; importing this package registers them all.

Never here: I/O, a clock, or anything but exchanges to judge by. They are found by walking the
package, so that a new file needs no second edit; `facts` holds what clauses of several sections share.
"""

import pkgutil
from importlib import import_module

from generations_contract.judging.clause import CLAUSES, CLIENT_CLAUSES

__all__ = ["CLAUSES", "CLIENT_CLAUSES"]

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    import_module(_module.name)
