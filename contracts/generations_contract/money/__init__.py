"""Money: what a run may create, and what each creation costs, kept for every spender in one place.

Two modules, because limits and the file that workers share know nothing of requests and answers (`budget`),
and one creation's price, fate and bill know nothing of who else spends (`purchase`).
"""

from generations_contract.money.budget import Budget, BudgetExceededError
from generations_contract.money.purchase import Purchase, billed_usd, nothing_made

__all__ = ["Budget", "BudgetExceededError", "Purchase", "billed_usd", "nothing_made"]
