"""Reports: what a ledger says, told to a person or to a machine. Nothing here judges or sends."""
