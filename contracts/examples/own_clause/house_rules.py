"""A rule of our own, beside those of the contract; and a lie of the embedded gateway, to show that it can be broken.

Judge by it:    pytest --contract-clause house.hold-is-stamped
See it broken:  pytest --contract-fault house-unstamped
"""

from generations_contract.exchange import Exchange
from generations_contract.gateway import Call, fault
from generations_contract.judging import Breach, Earlier, Findings, alone, clause


@clause(
    "house.hold-is-stamped",
    "MUST",
    says="every answer about a generation tells how long it was held",
    when=lambda exchange: exchange.state is not None,
    by=alone,
)
def hold_is_stamped(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Our dashboards tell a slow provider from a slow gateway by this header."""
    stamp = exchange.header("server-timing")
    if not (stamp or "").startswith("hold;dur="):
        yield Breach("Server-Timing: hold;dur=MILLISECONDS", f"Server-Timing: {stamp or 'absent'}")


@fault("house-unstamped", breaks={"house.hold-is-stamped"}, at="headers")
def unstamped(_call: Call, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A proxy on the way removes what it does not know."""
    return [(name, value) for name, value in headers if name != "Server-Timing"]
