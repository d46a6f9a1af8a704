"""A version of a contract: its documents, its units, its releases."""
