"""What clauses of several sections ask of exchanges; no clause stands here."""
