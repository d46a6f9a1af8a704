"""The reference gateway: the whole document, implemented once, served or simulated.

`Gateway` is the core (no wire, no clock); `catalogue.toml` says what it offers; `seams` is where faults
attach; `asgi` and `serve` put it on a socket. It never imports a clause, and no clause imports it.
"""

from generations_contract.gateway.accounts import LedgerLine
from generations_contract.gateway.catalogue import (
    Account,
    Catalogue,
    CatalogueError,
    Model,
    default_catalogue,
    load,
)
from generations_contract.gateway.core import Gateway
from generations_contract.gateway.hooks import SEAMS, Call, Fault, fault, variant
from generations_contract.gateway.jobs import Asset, Job
from generations_contract.gateway.tampers.faults import FAULTS, VARIANTS
from generations_contract.gateway.wire import Problem, Reply, Request

__all__ = [
    "FAULTS",
    "SEAMS",
    "VARIANTS",
    "Account",
    "Asset",
    "Call",
    "Catalogue",
    "CatalogueError",
    "Fault",
    "Gateway",
    "Job",
    "LedgerLine",
    "Model",
    "Problem",
    "Reply",
    "Request",
    "default_catalogue",
    "fault",
    "load",
    "variant",
]
