"""Who judges: the noun `Clause`, the judge that asks all of them, the ledger of verdicts. No clause stands here."""
