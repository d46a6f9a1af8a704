"""The reference gateway: the whole document, implemented once, served or simulated.

`Gateway` is the core (no wire, no clock); `catalogue.toml` says what it offers; `hooks` is where faults
attach, and `tampers` has them; `doors` puts it on a socket. It never imports a clause, and no clause imports it;
nor does it import a fault: the honest gateway is whole without them.
"""

from generations_contract.gateway.call import Call, Reply
from generations_contract.gateway.catalogue import Catalogue, CatalogueError, default_catalogue, load
from generations_contract.gateway.core import Gateway
from generations_contract.gateway.hooks import HOOKS, Fault, fault, variant
from generations_contract.gateway.wire import Request

__all__ = [
    "HOOKS",
    "Call",
    "Catalogue",
    "CatalogueError",
    "Fault",
    "Gateway",
    "Reply",
    "Request",
    "default_catalogue",
    "fault",
    "load",
    "variant",
]
