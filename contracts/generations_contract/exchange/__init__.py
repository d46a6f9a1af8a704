"""What was said, and when: one request and its outcome, and what can be read off it.

An `Exchange` has the `Request`, and either the `Response` or the `Failure`; all three have `Headers`, or none.
"""

from generations_contract.exchange.exchange import Exchange, Failure, Headers, Request, Response

__all__ = ["Exchange", "Failure", "Headers", "Request", "Response"]
