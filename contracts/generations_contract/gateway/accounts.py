"""Who calls, and whether the account may: keys, the sliding rate window, credit.

Keys are compared in constant time, and with every account, so that timing tells nothing. The sliding window
makes `Retry-After` true: once it has passed, the next POST is admitted.
"""

import hmac
import math
from collections import deque
from dataclasses import dataclass, field

from generations_contract.gateway.catalogue import Account


@dataclass(slots=True)
class AccountBook:
    """One account's running figures: POSTs in its window, dollars and generations so far."""

    account: Account
    posted_at: deque[float] = field(default_factory=deque)
    spent_usd: float = 0.0
    generations: int = 0

    def retry_after(self, now: float) -> int | None:
        """Whole seconds until the next POST is admitted, or None when this one is (and then it counts)."""
        rate = self.account.rate
        if rate is None:
            return None
        posted = self.posted_at
        while posted and posted[0] + rate.window_s <= now:
            posted.popleft()
        if len(posted) >= rate.posts:
            return max(1, math.ceil(posted[0] + rate.window_s - now))
        posted.append(now)
        return None

    @property
    def exhausted(self) -> bool:
        """Whether the credit is used up."""
        credit = self.account.credit_usd
        return credit is not None and self.spent_usd >= credit

    def bill(self, cost_usd: float) -> None:
        """Enter one accepted generation."""
        self.generations += 1
        self.spent_usd += cost_usd


def bearer_key(authorization: str | None) -> str | None:
    """The key in `Authorization: Bearer KEY`, or None. The scheme's case is free (RFC 9110)."""
    scheme, _, key = (authorization or "").partition(" ")
    return key.lstrip(" ") or None if scheme.lower() == "bearer" else None


def find(books: list[AccountBook], key: str | None) -> AccountBook | None:
    """The account whose key this is, exactly."""
    presented = (key or "").encode("utf-8", "surrogatepass")
    found = None
    for book in books:
        if hmac.compare_digest(presented, book.account.key.encode()):
            found = book
    return found


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What one account had accepted, and what that costs in dollars."""

    account: str
    generations: int
    cost_usd: float


def ledger(books: list[AccountBook]) -> tuple[LedgerLine, ...]:
    """A line for each account."""
    return tuple(LedgerLine(b.account.name, b.generations, round(b.spent_usd, 6)) for b in books)
