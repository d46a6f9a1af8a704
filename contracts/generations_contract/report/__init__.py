"""What a contract run writes: projections of its ledger, one for each form."""
