"""The benign variants: liberties that the contract allows, which no clause may hold against a gateway.

One module for each kind of liberty. A variant must stay benign in the company of any others, because the tests
draw sets of them. What a clause calls a breach here is a false alarm of that clause, never a reason to tame the
variant.
"""
