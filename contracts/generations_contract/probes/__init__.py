"""The contract tests: `pytest contracts` collects these, one module per section of the contract.

A probe provokes and never judges: every clause looks at every exchange. Its decorator names the clauses that
it means to exercise. Depths: "free" costs nothing, "standard" is what a paid target gets (one generation
serves as many clauses as it can), "deep" is for virtual time, where a generation is only arithmetic.
"""
